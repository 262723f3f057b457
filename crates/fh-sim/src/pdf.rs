use crate::{
    device::ZReport,
    document::Document,
    world::{Account, Receipt},
};
pub(crate) fn receipt(_: &Account, _: &str, _: &Receipt, _: &Document) -> Vec<u8> {
    Vec::new()
}
pub(crate) fn z_report(_: &Account, _: u32, _: &ZReport) -> Vec<u8> {
    Vec::new()
}
