//! TLS: a listener that shakes hands beside accepting, and a certificate that may be renewed under it.

use super::Config;
use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// Handshakes at once at most: who opens connections and says nothing cannot take all memory.
const HANDSHAKES_MAX: usize = 1024;

/// Until a handshake must be done.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Between looks whether the files have changed.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The certificate in use, and the files it comes from.
#[derive(Debug)]
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

/// Why there can be no TLS: the file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}; `tls_certificate` and `tls_key` name PEM files", path.display())]
pub struct TlsError {
    path: PathBuf,
    reason: String,
}

impl Certificate {
    /// That of the settings, if they name one.
    ///
    /// # Errors
    /// [`TlsError`] for files that cannot be read, or do not belong together.
    pub fn of(config: &Config) -> Result<Option<Arc<Self>>, TlsError> {
        if !config.has_tls() {
            return Ok(None);
        }
        let (certificate, key) = (config.tls_certificate.clone(), config.tls_key.clone());
        let current = RwLock::new(Arc::new(read(&certificate, &key)?));
        Ok(Some(Arc::new(Self { certificate, key, current })))
    }

    /// Reads the files again; whether there is another certificate in them. Connections that are open keep the old one.
    ///
    /// # Errors
    /// [`TlsError`]; the certificate in use stays.
    pub fn renew(&self) -> Result<bool, TlsError> {
        let new = read(&self.certificate, &self.key)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let changed = current.cert != new.cert;
        *current = Arc::new(new);
        Ok(changed)
    }

    /// Renews when the files change and at SIGHUP, until `stop`.
    pub async fn keep_fresh(self: Arc<Self>, mut asked: Asked, stop: CancellationToken) {
        let mut seen = self.times();
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                () = asked.next() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let now = self.times();
            if !asked && now == seen {
                continue;
            }
            seen = now;
            match self.renew() {
                Ok(true) => tracing::info!("a new certificate is in use"),
                Ok(false) => tracing::info!("the certificate was read again and is the same"),
                Err(error) => {
                    tracing::error!(error = %error, "the certificate could not be renewed; the old one stays")
                }
            }
        }
    }

    fn times(&self) -> [Option<std::time::SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| path.metadata().and_then(|file| file.modified()).ok())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let failed = |path: &Path, reason: &dyn Display| TlsError { path: path.to_owned(), reason: reason.to_string() };
    let of_chain = |error| failed(certificate, &error);
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(certificate).map_err(of_chain)?.collect::<Result<_, _>>().map_err(of_chain)?;
    if chain.is_empty() {
        return Err(failed(certificate, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
    let provider = ring::default_provider();
    CertifiedKey::from_der(chain, secret, &provider)
        .map_err(|error| failed(key, &format!("{error} (for {})", certificate.display())))
}

/// Somebody asks for the certificate to be read again: SIGHUP, as renewing programs send it.
#[derive(Debug)]
pub struct Asked(#[cfg(unix)] tokio::signal::unix::Signal);

impl Asked {
    /// From when this returns, SIGHUP does not end the process.
    ///
    /// # Errors
    /// What the system gives.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        return Ok(Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?));
        #[cfg(not(unix))]
        Ok(Self())
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        self.0.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}

/// Takes connections and gives those whose handshake is done. A slow one keeps nobody else waiting.
pub struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl TlsListener {
    /// TLS 1.2 and 1.3, for HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// None in practice: the provider has both versions.
    pub fn new(tcp: TcpListener, certificate: Arc<Certificate>) -> Result<Self, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(certificate);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { tcp, acceptor: TlsAcceptor::from(Arc::new(config)), handshakes: JoinSet::new() })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (stream, address) = Listener::accept(&mut self.tcp), if self.handshakes.len() < HANDSHAKES_MAX => {
                    let handshake = tokio::time::timeout(HANDSHAKE_TIME, self.acceptor.accept(stream));
                    self.handshakes.spawn(async move {
                        match handshake.await {
                            Ok(Ok(stream)) => return Some((stream, address)),
                            Ok(Err(error)) => tracing::debug!(error = %error, "a handshake failed"),
                            Err(_) => tracing::debug!("a handshake took too long"),
                        }
                        None
                    });
                }
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Some(connection)) = done {
                        return connection;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
