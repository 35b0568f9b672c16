//! Connections that a fault can cut: a client then sees what it sees when a server or the network fails.

use std::io::{self, ErrorKind, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::progress::Progress;

/// How a connection ends before its answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// With a reset (TCP RST).
    Reset,
    /// As if all had been said (TCP FIN).
    Close,
}

/// Cuts the connection that a request came by. Every request of the connection has a copy.
#[derive(Clone, Debug, Default)]
pub(super) struct Scissors(Arc<OnceLock<Cut>>);

impl Scissors {
    /// Lets the next write fail, before anything of it is sent. The server gives a connection up that cannot be
    /// written to.
    pub(super) fn cut(&self, cut: Cut) {
        // Of several requests at once on a connection, the first decides how it ends.
        let _ = self.0.set(cut);
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    scissors: Scissors,
    progress: Progress,
    /// Whether the server has yet to learn that the client has said all.
    end_is_put_off: bool,
}

impl Connection {
    /// A connection that has just come in.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            scissors: Scissors::default(),
            progress: Progress::default(),
            end_is_put_off: false,
        }
    }

    /// What it is doing.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What cuts it.
    pub(super) fn scissors(&self) -> &Scissors {
        &self.scissors
    }

    /// The address of this machine that the client has reached.
    pub(super) fn local_address(&self) -> io::Result<IpAddr> {
        self.stream.local_addr().map(|address| address.ip())
    }

    /// The first byte that the client sends; it stays to be read. None if it has said all without one.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut first = [0];
        let read = self.stream.peek(&mut first).await?;
        Ok(first.first().copied().filter(|_| read > 0))
    }

    /// Writes, and notes whether the client has taken anything.
    fn write(
        mut self: Pin<&mut Self>,
        write: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let written = match self.as_mut().whole() {
            Ok(stream) => write(stream),
            Err(error) => Poll::Ready(Err(error)),
        };
        self.progress.told(written.is_ready());
        written
    }

    /// The stream for writing, unless it was cut.
    fn whole(self: Pin<&mut Self>) -> io::Result<Pin<&mut TcpStream>> {
        let this = self.get_mut();
        match this.scissors.0.get() {
            None => Ok(Pin::new(&mut this.stream)),
            Some(Cut::Close) => Err(ErrorKind::ConnectionAborted.into()),
            Some(Cut::Reset) => {
                // Without lingering, closing the socket resets the connection.
                this.stream.set_zero_linger()?;
                Err(ErrorKind::ConnectionReset.into())
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.end_is_put_off = false;
            this.progress.heard();
        } else if matches!(polled, Poll::Ready(Ok(()))) && this.progress.is_working() && !this.end_is_put_off
        {
            // hyper drops a request as soon as it learns this. First it gets to look at the request once, which is
            // enough for all answers that need not wait.
            this.end_is_put_off = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // An orderly end would come before the reset, and take its place.
        match self.whole() {
            Ok(stream) => stream.poll_shutdown(context),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
