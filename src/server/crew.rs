//! The threads that connections are served on.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::{io, thread};

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// After how many tasks a thread looks at its sockets. Each may be a request that takes long, and whoever has asked
/// meanwhile waits for all of them.
const TASKS_BETWEEN_LOOKS: u32 = 8;

/// The threads that connections are served on. A connection stays on its thread, so that none waits for another
/// thread's work to be handed over, and none is woken for nothing.
///
/// The default is nobody: connections are served wherever the emulator was started, as a library should.
#[derive(Clone, Debug, Default)]
pub struct Crew {
    members: Arc<[Arc<Member>]>,
    next: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Member {
    /// Begun with the first connection: most tests have one at a time.
    thread: Mutex<Option<Thread>>,
    connections: AtomicUsize,
}

/// A thread that waits for sockets until this is dropped.
#[derive(Debug)]
struct Thread {
    runtime: Handle,
    _stays: oneshot::Sender<()>,
}

impl Crew {
    /// A thread for each core but one, which is for whoever takes the connections, and for the clients: they run on the
    /// same machine. Two at the least. The threads end with the crew and the last of its connections.
    pub fn of_this_machine() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::of(cores.saturating_sub(1).max(2))
    }

    fn of(members: usize) -> Self {
        Self {
            members: (0..members).map(|_| Arc::default()).collect(),
            next: Arc::default(),
        }
    }

    /// Lets the member with the fewest connections serve one more.
    ///
    /// # Errors
    /// When the socket cannot be handed over.
    pub(super) fn serve<F>(
        &self,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some((member, runtime)) = self.least_busy() else {
            tokio::spawn(serve(stream));
            return Ok(());
        };
        let stream = stream.into_std()?;
        let served = Served::by(member);
        runtime.spawn(async move {
            let _served = served;
            // A socket is known to the thread that waits for it.
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection could not be handed over"),
            }
        });
        Ok(())
    }

    /// The first member that has no connection, or else the next of those that have the fewest: what keeps one busy keeps
    /// others waiting, but not always the same.
    fn least_busy(&self) -> Option<(&Arc<Member>, Handle)> {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.members.len().max(1);
        let (behind, ahead) = self.members.split_at(next);
        let idle = self.members.iter().find(|member| member.load() == 0);
        let least = || ahead.iter().chain(behind).min_by_key(|member| member.load());
        let member = idle.or_else(least)?;
        match member.runtime() {
            Ok(runtime) => Some((member, runtime)),
            Err(error) => {
                tracing::warn!(%error, "no thread for a connection, which is served where it was taken");
                None
            }
        }
    }
}

impl Member {
    fn load(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn runtime(&self) -> io::Result<Handle> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = match &mut *thread {
            Some(thread) => thread,
            none => none.insert(Thread::begin()?),
        };
        Ok(thread.runtime.clone())
    }
}

impl Thread {
    fn begin() -> io::Result<Self> {
        let (stays, leaves) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        // The runtime is made on its thread, which is the only one that may drop it.
        thread::Builder::new()
            .name("connections".to_owned())
            .spawn(move || match runtime() {
                Ok(runtime) => {
                    let _ = tell.send(Ok(runtime.handle().clone()));
                    let _ = runtime.block_on(leaves);
                }
                Err(error) => drop(tell.send(Err(error))),
            })?;
        Ok(Self {
            runtime: told.recv().map_err(io::Error::other)??,
            _stays: stays,
        })
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .event_interval(TASKS_BETWEEN_LOOKS)
        .build()
}

/// A connection that a member serves, until it is dropped.
struct Served(Arc<Member>);

impl Served {
    fn by(member: &Arc<Member>) -> Self {
        member.connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(member))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::{ThreadId, current};

    use tokio::net::TcpListener;

    use super::*;

    /// A connection that is served until `end` is dropped, and by which thread.
    struct Held {
        thread: ThreadId,
        end: oneshot::Sender<()>,
    }

    async fn hold(crew: &Crew) -> Held {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, client) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (end, ended) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let serve = move |stream: TcpStream| async move {
            assert!(stream.peer_addr().is_ok());
            tell.send(current().id()).unwrap();
            ended.await.unwrap_err();
            drop(client);
        };
        crew.serve(accepted.unwrap().0, serve).unwrap();
        let thread = told.await.unwrap();
        Held { thread, end }
    }

    #[tokio::test]
    async fn a_connection_goes_to_the_thread_with_the_fewest_and_stays() {
        let crew = Crew::of(2);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(hold(&crew).await);
        }
        let threads: Vec<_> = held.iter().map(|held| held.thread).collect();
        assert_ne!(threads[0], threads[1]);
        assert_eq!(threads[..2], threads[2..]);
        assert!(!threads.contains(&current().id()));

        drop(held.remove(3).end);
        drop(held.remove(1).end);
        while crew.members[1].load() > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..2 {
            assert_eq!(hold(&crew).await.thread, threads[1]);
        }
    }

    #[tokio::test]
    async fn threads_with_the_same_number_take_turns() {
        let crew = Crew::of(2);
        let kept = [hold(&crew).await, hold(&crew).await];
        let mut met = HashSet::new();
        for _ in 0..2 {
            met.insert(hold(&crew).await.thread);
            while crew.members.iter().any(|member| member.load() > 1) {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(met, kept.iter().map(|held| held.thread).collect());
    }

    #[tokio::test]
    async fn nobody_to_serve_means_here() {
        assert_eq!(hold(&Crew::default()).await.thread, current().id());
    }
}
