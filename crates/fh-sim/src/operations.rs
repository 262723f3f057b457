use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};

macro_rules! operations {
    ($($name:ident $wire:literal $method:ident $path:literal $doc:literal;)+) => {
        /// The 22 operations of the API. Paths are relative to the base path.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = $doc] #[serde(rename = $wire)] $name,)+
        }

        impl Operation {
            /// Every operation, in the order of the vendor's documentation.
            pub const ALL: [Self; 22] = [$(Self::$name,)+];

            /// The method it is called with.
            #[must_use]
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)+ }
            }

            /// Its path template, such as `/download/{filename}`.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }

            /// Its name in fault plans and request counts.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }
        }
    };
}

operations! {
    Test "test" POST "/test" "Test; the path is unknown to everyone \\[inferred\\].";
    Profile "profile" GET "/profile" "Get Profile.";
    FiscalDevice "fiscal_device" GET "/fiscaldevice" "Get Fiscal Device.";
    Subscription "subscription" GET "/subscription" "Subscription.";
    SubmitInvoice "submit_invoice" POST "/invoice" "Submit Invoice.";
    SubmitCreditNote "submit_credit_note" POST "/creditnote" "Submit Credit Note.";
    Status "status" POST "/status" "Check Status.";
    DownloadPdf "download_pdf" GET "/download/{filename}" "Download Pdf.";
    ZReports "z_reports" GET "/reports/z-report" "Get Z-Reports (experimental).";
    ZReport "z_report" GET "/reports/z-report/{fiscalDay}" "Get Specific Z-Report (experimental).";
    ZReportPdf "z_report_pdf" GET "/reports/z-report/{fiscalDay}/pdf"
        "Download Z-report As PDF; the path is unknown to everyone \\[inferred\\].";
    TaxMappings "tax_mappings" GET "/taxmapping" "Get All TaxMappings.";
    AddTaxMapping "add_tax_mapping" POST "/taxmapping" "Add Tax Mapping.";
    TaxMapping "tax_mapping" GET "/taxmapping/{id}" "Get Specific Tax Mapping.";
    UpdateTaxMapping "update_tax_mapping" PUT "/taxmapping/{id}" "Update Tax Mapping.";
    DeleteTaxMapping "delete_tax_mapping" DELETE "/taxmapping/{id}" "Delete Tax Mapping.";
    SupportedCurrencies "supported_currencies" GET "/currencymapping/supported-currencies" "Supported Currencies.";
    CurrencyMappings "currency_mappings" GET "/currencymapping" "Get All CurrencyMappings.";
    AddCurrencyMapping "add_currency_mapping" POST "/currencymapping" "Add Currency Mapping.";
    CurrencyMapping "currency_mapping" GET "/currencymapping/{id}" "Get Specific Currency Mapping.";
    UpdateCurrencyMapping "update_currency_mapping" PUT "/currencymapping/{id}" "Update Currency Mapping.";
    DeleteCurrencyMapping "delete_currency_mapping" DELETE "/currencymapping/{id}" "Delete Currency Mapping.";
}

impl Operation {
    /// Whether it hands in a document.
    #[must_use]
    pub fn is_submission(self) -> bool {
        matches!(self, Self::SubmitInvoice | Self::SubmitCreditNote)
    }

    /// Whether it answers a PDF.
    #[must_use]
    pub fn is_pdf(self) -> bool {
        matches!(self, Self::DownloadPdf | Self::ZReportPdf)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
