//! stub
use super::compound::Ole;
use super::{Flow, Outlet};
use crate::model::Reason;
pub(super) const STREAMS: &[&str] = &["PowerPoint Document", "Pictures"];
pub(super) fn read(_: &Ole<'_>, _: &mut dyn Outlet) -> Result<Flow, Reason> {
    Ok(Flow::Continue)
}
