//! Binding, serving, and stopping without cutting an answer off.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Version, header};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::connection::{Connection, Scissors};
use super::crew::Crew;
use super::handshake::{Opened, Stream, open};
use super::limits::{Limits, Places};
use super::progress::{AnswerBody, Overdue, Progress, timed};
use super::size;
use super::{Front, Full, PlainWhereTlsOnly};
use crate::api::extract::Scheme;
use crate::tls::Tls;

/// How long answers that are under way may take after the emulator was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How long a request that was sent before the emulator was told to stop may take to get here. Whoever asks without a
/// pause is so told by an answer that it was the last one, and meets no connection that was closed under its hands.
const LAST_CALL: Duration = Duration::from_millis(15);

/// How long a request may keep its thread before others on it are looked after.
const LONG: Duration = Duration::from_millis(1);

/// How many connections may wait to be accepted, unless the system lets fewer. One too many asks again after a second,
/// and the 128 that are usual are one burst of a few hundred clients.
const WAITING: u32 = 4_096;

/// How long a client has to say goodbye on a connection that is to end and on which nothing is under way. In HTTP/2
/// the end is agreed upon, and what is on its way may wait for the client's leave.
const FAREWELL: Duration = Duration::from_millis(100);

/// Binds an address.
///
/// # Errors
/// Whatever the operating system says, such as that the port is taken.
pub async fn bind(host: &str, port: u16) -> io::Result<TcpListener> {
    // An address of IPv6 may come as it stands in a URL.
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in lookup_host((host, port)).await? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Whoever starts again need not wait until the connections of the last time are forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `stop` is done; then gives a [`LAST_CALL`], takes no more connections and finishes what runs, within
/// [`GRACE`].
pub async fn serve(
    mut listener: TcpListener,
    crew: Crew,
    front: Front,
    tls: Option<Arc<Tls>>,
    (limits, places): (Limits, Places),
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let (stop_all, stopped) = watch::channel(false);
    let stopped = Stopped(stopped);
    let mut stop = pin!(async {
        stop.await;
        stop_all.send_replace(true);
        tokio::time::sleep(LAST_CALL).await;
    });
    let mut was_full = false;
    loop {
        // Waits a little by itself when the machine has no more sockets to give.
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let (place, is_full) = match places.take() {
            Some(place) => (Some(place), false),
            None => tokio::select! {
                place = places.take_to_be_refused() => (place, true),
                place = places.take_when_free() => (place, false),
                () = &mut stop => break,
            },
        };
        if is_full && !was_full {
            tracing::warn!(
                connections = places.most(),
                "as many connections as are served at once: requests on more are refused (--max-connections)"
            );
        }
        was_full = is_full;
        // An answer of ours is one small write: waiting for more only delays it.
        let _ = stream.set_nodelay(true);
        let attendance = Attendance {
            front: front.clone(),
            tls: tls.clone(),
            limits: if is_full { limits.when_full() } else { limits },
            is_full,
            stopped: stopped.clone(),
        };
        let handed_over = crew.serve(stream, move |stream| async move {
            attendance.attend(Connection::new(stream), address).await;
            drop(place);
        });
        if let Err(error) = handed_over {
            tracing::warn!(%address, %error, "a connection could not be served");
        }
    }
    drop(listener);
    drop(stopped);
    // Closed when the last connection has dropped its end.
    if tokio::time::timeout(GRACE, stop_all.closed()).await.is_err() {
        tracing::warn!(
            "stopped with requests still under way after {} s",
            GRACE.as_secs()
        );
    }
}

/// Tells a connection when all are to stop.
#[derive(Clone)]
struct Stopped(watch::Receiver<bool>);

impl Stopped {
    /// Done when all are to stop and what was sent before has arrived.
    async fn told(&self) {
        // A receiver that has waited has seen the news, which then is none to its clones. The sender stays until the last
        // one is gone.
        let _ = self.0.clone().wait_for(|stopped| *stopped).await;
        tokio::time::sleep(LAST_CALL).await;
        // Lets a thread that was held up see what has come meanwhile.
        tokio::task::yield_now().await;
    }
}

/// What a connection needs besides itself.
struct Attendance {
    front: Front,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    is_full: bool,
    stopped: Stopped,
}

impl Attendance {
    /// Sees one connection through to its end. Whatever goes wrong on it concerns nobody else.
    async fn attend(self, connection: Connection, address: SocketAddr) {
        let progress = connection.progress().clone();
        let mut overdue = pin!(progress.overdue(self.limits));
        let mut arrival = Arrival {
            address,
            scissors: connection.scissors().clone(),
            scheme: Scheme::Http,
            tls_only: self.tls.as_ref().is_some_and(|tls| tls.is_only()),
            is_full: self.is_full,
        };
        let opened = tokio::select! {
            opened = open(connection, self.tls.as_ref()) => opened,
            () = self.stopped.told() => return,
            overdue = overdue.as_mut() => return give_up(address, overdue),
        };
        match opened {
            Ok(Opened { scheme, stream }) => {
                arrival.scheme = scheme;
                self.converse(stream, arrival, &progress, overdue).await;
            }
            Err(error) => tracing::debug!(%address, %error, "a connection did not come about"),
        }
    }

    /// Answers the requests of a connection, in HTTP/1.1 or HTTP/2 as the client begins.
    async fn converse(
        self,
        stream: Box<dyn Stream>,
        arrival: Arrival,
        progress: &Progress,
        overdue: Pin<&mut impl Future<Output = Overdue>>,
    ) {
        let (limits, address) = (self.limits, arrival.address);
        let reception = Arc::new((self.front, arrival, Semaphore::new(1)));
        let last_call = self.stopped.0.clone();
        let conduct = progress.clone();
        let answer = service_fn(move |request: axum::http::Request<Incoming>| {
            let is_shared = request.version() == Version::HTTP_2;
            let exchange = conduct.begin(is_shared);
            let mut request = request.map(|body| timed(body, limits.for_request()));
            let reception = Arc::clone(&reception);
            reception.1.mark(&mut request);
            // It changes once: when all are to stop. HTTP/2 has a frame of its own for this, which hyper sends.
            let is_last = !is_shared && last_call.has_changed().unwrap_or(true);
            async move {
                let (front, arrival, turns) = &*reception;
                let answer = front.answer(request, Some(&arrival.scissors));
                let turns = is_shared.then_some(turns);
                let mut answer = considerate(answer, turns).await;
                if is_last {
                    let headers = answer.headers_mut();
                    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(answer.map(|body| AnswerBody::new(body, exchange.answered())))
            }
        });
        let mut server = auto::Builder::new(TokioExecutor::new());
        server
            .http1()
            .keep_alive(!self.is_full)
            .max_buf_size(size::LARGEST_READ as usize)
            .http2()
            .max_header_list_size(size::LARGEST_READ);
        let mut conversation = pin!(server.serve_connection(TokioIo::new(stream), answer));
        tokio::select! {
            biased;
            ended = conversation.as_mut() => {
                if let Err(error) = ended {
                    tracing::trace!(error, "a connection broke off");
                }
                return;
            }
            () = self.stopped.told() => {}
            overdue = overdue => {
                give_up(address, overdue);
                if overdue != Overdue::Idle {
                    return;
                }
            }
        }
        // What has not become a request yet need not be waited for.
        if progress.has_no_request() {
            return;
        }
        conversation.as_mut().graceful_shutdown();
        loop {
            let taken = progress.taken();
            let ended = tokio::time::timeout(FAREWELL, conversation.as_mut()).await;
            if ended.is_ok() || !progress.is_under_way() && progress.taken() == taken {
                return;
            }
        }
    }
}

/// Answers, and lets those go first who wait for this thread when that has taken long: not what the same client has sent
/// besides. Several requests at once on a connection begin one by one, which is when they do what they need not wait for.
async fn considerate<T>(answer: impl Future<Output = T>, turns: Option<&Semaphore>) -> T {
    let mut answer = pin!(answer);
    let turn = match turns {
        Some(turns) => turns.acquire().await.ok(),
        None => None,
    };
    let begun = Instant::now();
    let begin = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context)));
    let begun_with = begin.await;
    if begun.elapsed() > LONG {
        tokio::task::yield_now().await;
    }
    drop(turn);
    match begun_with {
        Poll::Ready(answer) => answer,
        Poll::Pending => answer.await,
    }
}

fn give_up(address: SocketAddr, overdue: Overdue) {
    tracing::debug!(%address, ?overdue, "a connection took too long");
}

/// How the requests of a connection came in.
#[derive(Clone)]
struct Arrival {
    address: SocketAddr,
    scissors: Scissors,
    scheme: Scheme,
    tls_only: bool,
    /// Whether it came when there were as many connections as there may be.
    is_full: bool,
}

impl Arrival {
    /// Leaves it among the extensions of a request.
    fn mark(&self, request: &mut Request) {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.address));
        match self.scheme {
            Scheme::Https => drop(extensions.insert(Scheme::Https)),
            Scheme::Http if self.tls_only => drop(extensions.insert(PlainWhereTlsOnly)),
            Scheme::Http => {}
        }
        if self.is_full {
            extensions.insert(Full);
        }
    }
}

/// The address under which a client on this machine reaches the listener.
pub fn base_url(scheme: Scheme, address: SocketAddr) -> String {
    let scheme = scheme.as_str();
    if address.ip().is_unspecified() {
        format!("{scheme}://127.0.0.1:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}
