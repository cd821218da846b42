//! stub
use super::{Extractor, Input, Outlet};
use crate::model::Reason;
pub(crate) struct Rtf;
impl Extractor for Rtf {
    fn extract(&self, _: Input<'_>, _: &mut dyn Outlet) -> Result<(), Reason> {
        Err(Reason::Unsupported)
    }
}
