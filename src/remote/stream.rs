//! Requests as they are answered: server-sent events, read one by one.

use axum::body::Body;
use http_body_util::BodyExt as _;

use super::requests::RecordedRequest;
use super::{RemoteError, stranger};

/// What ends an event.
const END: &[u8] = b"\n\n";

/// The requests of a tenant as they are answered. Dropped, it closes its connection.
#[derive(Debug)]
pub struct RequestStream {
    url: String,
    events: Body,
    received: Vec<u8>,
}

impl RequestStream {
    pub(super) fn new(url: String, events: Body) -> Self {
        Self {
            url,
            events,
            received: Vec::new(),
        }
    }

    /// Waits for the next request; none when the emulator has stopped.
    ///
    /// # Errors
    /// When the connection breaks off.
    pub async fn next(&mut self) -> Result<Option<RecordedRequest>, RemoteError> {
        loop {
            while let Some(event) = self.take_event() {
                if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    let request = serde_json::from_str(data).map_err(|_| stranger(&self.url))?;
                    return Ok(Some(request));
                }
            }
            match self.events.frame().await {
                Some(Ok(frame)) => self
                    .received
                    .extend(frame.data_ref().into_iter().flat_map(|data| data.iter())),
                None => return Ok(None),
                Some(Err(error)) => {
                    return Err(RemoteError::Unreachable {
                        url: self.url.clone(),
                        source: error.into(),
                    });
                }
            }
        }
    }

    /// The first event, if it has been received to its end. Comments are events without data.
    fn take_event(&mut self) -> Option<String> {
        let end = self
            .received
            .windows(END.len())
            .position(|window| window == END)?;
        let event = self.received.drain(..end + END.len()).collect();
        String::from_utf8(event).ok()
    }
}
