//! What takes too long for the thread of a connection, which has other connections to serve.

use std::panic;

use super::error::ApiError;

/// Does something of which nobody knows how long it takes, such as reading a seed of a million users, where no other
/// connection has to wait for it.
///
/// # Errors
/// When the emulator is ending.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| match error.try_into_panic() {
            // It has been reported where it happened, and is to be answered as if that were here.
            Ok(panicked) => panic::resume_unwind(panicked),
            Err(_) => ApiError::internal(),
        })
}
