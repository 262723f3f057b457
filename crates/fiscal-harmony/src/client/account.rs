use super::Client;
use crate::{
    Error,
    account::{FiscalDevice, Profile, Subscription},
};

impl Client {
    /// The account behind the API key. Serves as a test of the connection and of the key, not of the secret: nothing is
    /// signed \[vendor-code\].
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn profile(&self) -> Result<Profile, Error> {
        self.read("get_profile", || self.raw().get_profile())
            .await
            .map(Profile::from_wire)
    }

    /// The fiscal device of the API key, with the authority's configuration as a string of JSON in `current_config`
    /// \[docs\]\[vendor-code\].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when no device is attached yet, or the base URL is wrong.
    pub async fn device(&self) -> Result<FiscalDevice, Error> {
        self.read("get_fiscal_device", || self.raw().get_fiscal_device())
            .await
            .map(FiscalDevice::from_wire)
    }

    /// The subscription. None of its fields is known by name \[docs\].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when no device is attached, or it is not available \[docs\].
    pub async fn subscription(&self) -> Result<Subscription, Error> {
        self.read("get_subscription", || self.raw().get_subscription())
            .await
            .map(Subscription::from_wire)
    }

    /// Calls the operation `Test` of the newer documentation. Only its name and method are known; **its path is a guess**
    /// \[inferred\]. [`profile`](Self::profile) is the surer test.
    ///
    /// # Errors
    ///
    /// When the answer is not a success.
    pub async fn test_connection(&self) -> Result<(), Error> {
        self.read("test_connection", || self.raw().test_connection()).await
    }

    /// Checks both the key and the secret, changing nothing: a signed question for no outcomes. Whether the service allows an
    /// empty question is not known \[inferred\]; a refusal of its form (400) means that the signature was good.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorised`](crate::ErrorKind::Unauthorised) when the key or the secret is wrong.
    pub async fn check_credentials(&self) -> Result<(), Error> {
        let asked = self
            .read("check_status", || async { self.raw().check_status(&Vec::new()).await })
            .await;
        match asked {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), crate::ErrorKind::Invalid | crate::ErrorKind::Decode) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
