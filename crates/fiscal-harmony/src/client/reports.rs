use super::{Client, outcomes::pdf_of};
use crate::{
    Error, Pdf,
    report::{ZReport, ZReports},
};

/// Z-reports, one for each close of a fiscal day. **Experimental**: the vendor may change them "any time without warning or
/// notice" \[docs\], and none of their fields is known by name.
impl Client {
    /// The Z-reports, the service's default page of them: the names of its paging parameters are not known \[docs\].
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn z_reports(&self) -> Result<ZReports, Error> {
        self.read("list_z_reports", || self.raw().list_z_reports())
            .await
            .map(ZReports::from_wire)
    }

    /// The Z-report of a fiscal day; of several, a successful one first \[docs\].
    ///
    /// # Errors
    ///
    /// When it cannot be read, or the day has none.
    pub async fn z_report(&self, fiscal_day: i64) -> Result<ZReport, Error> {
        self.read("get_z_report", || self.raw().get_z_report(fiscal_day))
            .await
            .map(ZReport::from_wire)
    }

    /// The Z-report of a fiscal day as a PDF. **Its path is a guess** from the documentation's menu \[inferred\].
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, or what comes is not a whole PDF.
    pub async fn z_report_pdf(&self, fiscal_day: i64) -> Result<Pdf, Error> {
        let operation = "download_z_report_pdf";
        let answer = self
            .read_with(operation, || {
                self.pdf_bytes(self.raw().download_z_report_pdf(fiscal_day))
            })
            .await?;
        pdf_of(operation, answer, &format!("z-report-{fiscal_day}.pdf"))
    }
}
