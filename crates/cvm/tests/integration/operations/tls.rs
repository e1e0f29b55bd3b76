//! TLS by setting: who trusts the certificate gets in, nobody else; it is renewed and stopped without dropping anything.

use super::*;
use rcgen::{CertifiedKey, KeyPair};
use reqwest::{StatusCode, Version};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io::{Read, Write};
use std::net::TcpStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

const FILES: &[(&str, &str)] = &[("CVM_TLS_CERTIFICATE", "../cvm.pem"), ("CVM_TLS_KEY", "../cvm.key")];

/// A new certificate for this machine, in the files of the settings.
fn certify(folder: &Path) -> CertifiedKey<KeyPair> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cvm.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("cvm.key"), made.signing_key.serialize_pem()).unwrap();
    made
}

/// A client that trusts one certificate, and nobody else.
fn trusting(made: &CertifiedKey<KeyPair>) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_built_in_root_certs(false).add_root_certificate(root);
    client.no_proxy().build().unwrap()
}

fn port(server: &Running) -> u16 {
    server.url.rsplit_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_trusts_the_certificate_gets_in() {
    let folder = tempfile::tempdir().unwrap();
    let made = certify(folder.path());
    let server = Running::start(folder.path(), FILES);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let at = format!("https://localhost:{}", port(&server));
    let client = trusting(&made);
    let answer = client.get(format!("{at}/readyz")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    // The name that the request asked for is known in HTTP/2 too, where there is no header of it.
    let settings = client.get(format!("{at}/v1/projects/{}/settings", server.write_key)).send().await.unwrap();
    let settings: serde_json::Value = serde_json::from_slice(&settings.bytes().await.unwrap()).unwrap();
    assert_eq!(settings["integrations"]["Segment.io"]["apiHost"], format!("localhost:{}/v1", port(&server)));
    // The cookie is one that no plain connection carries, though all is on one machine.
    let body = serde_json::json!({"email": "admin@localhost.localdomain", "password": server.password}).to_string();
    let signed_in = client.post(format!("{at}/api/v1/login")).body(body).send().await.unwrap();
    assert_eq!(signed_in.status(), StatusCode::OK);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-cvm_session=") && cookie.ends_with("; Secure"), "{cookie}");
    // Who does not trust it does not get in, nor does plain HTTP.
    let stranger = reqwest::Client::builder().tls_built_in_root_certs(false).no_proxy().build().unwrap();
    assert!(stranger.get(format!("{at}/readyz")).send().await.unwrap_err().is_connect());
    let mut plain = TcpStream::connect(("127.0.0.1", port(&server))).unwrap();
    plain.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_needs_no_restart() {
    let folder = tempfile::tempdir().unwrap();
    let old = certify(folder.path());
    let server = Running::start(folder.path(), FILES);
    let at = format!("https://localhost:{}/healthz", port(&server));
    let before = trusting(&old);
    assert_eq!(before.get(&at).send().await.unwrap().status(), StatusCode::OK);
    // A broken file changes nothing.
    fs::write(folder.path().join("cvm.key"), "no key").unwrap();
    server.signal("HUP");
    server.wait_for("the old one stays");
    assert_eq!(trusting(&old).get(&at).send().await.unwrap().status(), StatusCode::OK);
    let new = certify(folder.path());
    server.signal("HUP");
    server.wait_for("a new certificate is in use");
    assert_eq!(trusting(&new).get(&at).send().await.unwrap().status(), StatusCode::OK);
    assert!(trusting(&old).get(&at).send().await.unwrap_err().is_connect());
    assert_eq!(before.get(&at).send().await.unwrap().status(), StatusCode::OK, "its connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_work_ends_when_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let made = certify(folder.path());
    let mut server = Running::start(folder.path(), FILES);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", port(&server))).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let body = r#"{"userId": "u", "event": "Sent While Stopping", "messageId": "m"}"#;
    let (first, rest) = body.split_at(20);
    let head = format!(
        "POST /v1/track HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        server.write_key,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // It asks for the body: so the request is in work.
    let mut said = [0; 25];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).await.unwrap();
    server.signal("TERM");
    server.wait_for("stopping");
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.end();
    let found = succeed(folder.path(), &["query", "SELECT name FROM messages", "--folder", "data"]);
    assert!(found.contains("Sent While Stopping"), "{found}");
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    succeed(folder.path(), &["init", "data"]);
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("cvm.key"), other.signing_key.serialize_pem()).unwrap();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cvm"));
        let command = command.current_dir(folder.path()).args(["serve", "data"]).envs(FILES.iter().copied());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, message) = start();
    assert_eq!(code, Some(1));
    assert!(message.contains("cvm.key") && message.contains("cvm.pem"), "{message}");
    fs::remove_file(folder.path().join("cvm.pem")).unwrap();
    let (_, message) = start();
    assert!(message.contains("cvm.pem") && message.contains("`tls_certificate`"), "{message}");
}
