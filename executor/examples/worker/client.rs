//! The client: one keep-alive connection, and requests that are repeated until they are answered.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use wane::net::TcpStream;
use wane::task::JoinHandle;
use wane::time::{sleep, timeout};

use crate::meter::Meter;
use crate::store::server::ATTEMPT;

/// An object is given up after this many requests. At one failure in a hundred that happens to one
/// object in 10^16.
const ATTEMPTS_MAX: u64 = 8;

/// The pause before the second attempt; it doubles with each further one.
const BACK_OFF_FIRST: Duration = Duration::from_millis(2);

/// How long an attempt may take, from connecting to the last byte of the answer.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(10);

/// Puts and gets objects, one at a time.
#[derive(Debug)]
pub(crate) struct Client {
    store: SocketAddr,
    connection: Option<Connection>,
    meter: Arc<Meter>,
}

/// An open connection, and the task that moves its bytes.
#[derive(Debug)]
struct Connection {
    requests: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum AttemptError {
    Connect(std::io::Error),
    Http(hyper::Error),
    TimedOut,
    Status(StatusCode, Bytes),
}

/// Why an object was given up: what the last attempt met, and how many there were.
#[derive(Debug)]
pub(crate) struct ClientError {
    object: u64,
    attempts: u64,
    last: AttemptError,
}

impl Client {
    pub(crate) fn new(store: SocketAddr, meter: Arc<Meter>) -> Self {
        Self {
            store,
            connection: None,
            meter,
        }
    }

    /// Stores `bytes` as `object`.
    ///
    /// # Cancellation
    ///
    /// *Strict*: storing again is always safe.
    pub(crate) async fn put(&mut self, object: u64, bytes: Bytes) -> Result<(), ClientError> {
        self.request(Method::PUT, object, bytes).await.map(drop)
    }

    /// The bytes that the store holds as `object`.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing changes.
    pub(crate) async fn get(&mut self, object: u64) -> Result<Bytes, ClientError> {
        self.request(Method::GET, object, Bytes::new()).await
    }

    /// Closes the connection, if there is one, and waits until its task has ended.
    pub(crate) async fn hang_up(&mut self) {
        if let Some(Connection { requests, driver }) = self.connection.take() {
            drop(requests);
            // The driver does not panic, and nobody aborts it.
            let _ = driver.await;
        }
    }

    async fn request(
        &mut self,
        method: Method,
        object: u64,
        body: Bytes,
    ) -> Result<Bytes, ClientError> {
        let mut back_off = BACK_OFF_FIRST;
        for attempt in 0.. {
            let sent = self.attempt(method.clone(), object, body.clone(), attempt);
            let outcome = timeout(ATTEMPT_TIME_MAX, sent).await;
            let last = match outcome.unwrap_or(Err(AttemptError::TimedOut)) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if last.ends_the_connection() {
                self.give_up_connection();
            }
            let attempts = attempt + 1;
            if attempts == ATTEMPTS_MAX || !last.may_pass() {
                return Err(ClientError {
                    object,
                    attempts,
                    last,
                });
            }
            self.meter.count_retry();
            sleep(back_off).await;
            back_off *= 2;
        }
        unreachable!("the loop above ends by returning")
    }

    async fn attempt(
        &mut self,
        method: Method,
        object: u64,
        body: Bytes,
        attempt: u64,
    ) -> Result<Bytes, AttemptError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/objects/{object}"))
            .header(HOST, "store")
            .header(ATTEMPT, attempt)
            .body(Full::new(body))
            .expect("each part is valid by itself");
        let requests = self.connected().await?;
        requests.ready().await?;
        let answer = requests.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(body),
            false => Err(AttemptError::Status(status, body)),
        }
    }

    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, AttemptError> {
        let connection = match self.connection.take() {
            Some(open) if !open.requests.is_closed() => open,
            _ => Connection::open(self.store).await?,
        };
        Ok(&mut self.connection.insert(connection).requests)
    }

    fn give_up_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.driver.abort();
        }
    }
}

impl Connection {
    async fn open(store: SocketAddr) -> Result<Self, AttemptError> {
        let stream = TcpStream::connect(store)
            .await
            .map_err(AttemptError::Connect)?;
        stream.set_nodelay(true).map_err(AttemptError::Connect)?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = wane::spawn(async move {
            // What goes wrong with a connection is reported to the request that waits on it.
            let _ = connection.await;
        });
        Ok(Self { requests, driver })
    }
}

impl AttemptError {
    /// Whether the same request may succeed later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status(status, _) => *status == StatusCode::INTERNAL_SERVER_ERROR,
            Self::Connect(_) | Self::Http(_) | Self::TimedOut => true,
        }
    }

    fn ends_the_connection(&self) -> bool {
        !matches!(self, Self::Status(..))
    }
}

impl From<hyper::Error> for AttemptError {
    fn from(error: hyper::Error) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "cannot connect: {error}"),
            Self::Http(error) => write!(f, "{error}"),
            Self::TimedOut => write!(f, "no answer within {ATTEMPT_TIME_MAX:?}"),
            Self::Status(status, body) => {
                write!(f, "{status}: {}", String::from_utf8_lossy(body))
            }
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            object,
            attempts,
            last,
        } = self;
        write!(
            f,
            "object {object} given up after {attempts} attempts: {last}"
        )
    }
}

impl std::error::Error for AttemptError {}

impl std::error::Error for ClientError {}
