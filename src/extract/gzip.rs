//! gzip streams: one member, read as it is inflated.

use std::io::BufReader;

use super::{Extractor, Flow, Input, Member, Outlet, Trust};
use crate::model::Reason;

/// Reads gzip streams, of several members too.
pub(crate) struct Gzip;

impl Extractor for Gzip {
    fn trust(&self) -> Trust {
        Trust::Streams
    }

    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let inner = match input.extension() {
            "tgz" => "content.tar".to_owned(),
            _ => input.stem().unwrap_or("content").to_owned(),
        };
        let extension = inner
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
            .to_owned();
        let mut inflated =
            flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, input.into_stream()));
        let content = Input::stream(&mut inflated, None, &extension);
        // Stopped or not: the engine has recorded it.
        let _: Flow = out.member(Member {
            name: inner.as_bytes(),
            content,
        });
        Ok(())
    }
}
