//! The sample company comes once, whole, and only where there is nobody yet.

use super::sample::{self, SampleCompany};
use super::upload;
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::platform::clock::HOUR;
use crate::platform::jobs::run_due;
use crate::platform::server::JOBS;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use cvm_core::lake::Answering;
use cvm_core::rows::{Place, PurchaseLine, RowReader, Rows};
use cvm_core::sample::{Sample, SamplePart, SampleRows, SampleWish};
use cvm_core::uploads::{Look, ReadAs, Reading, Uploads};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tower::ServiceExt;

on_both_databases!(it_comes_once_and_has_a_past, a_file_is_looked_at_corrected_and_stored);

/// Two customers, of whom one buys, and a visit.
struct Small;

struct Once(Option<Rows>);

impl RowReader for Once {
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>> {
        Box::pin(async { Ok(self.0.take()) })
    }
}

impl Sample for Small {
    fn make<'a>(&'a self, _: &'a SampleWish, folder: &'a Path) -> Answering<'a, Result<(), String>> {
        Box::pin(async move {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            let write = |part: SamplePart| std::fs::write(self.file(folder, part), part.name());
            SamplePart::ALL.into_iter().try_for_each(write).map_err(|error| error.to_string())
        })
    }

    fn file(&self, folder: &Path, part: SamplePart) -> PathBuf {
        folder.join(part.name())
    }

    fn open<'a>(
        &'a self,
        _: &'a Path,
        part: SamplePart,
        _: Arc<AtomicU64>,
    ) -> Answering<'a, Result<SampleRows, String>> {
        let place = |line| Place { file: 0, line };
        let record = |line, record: Value| match record {
            Value::Object(record) => (place(line), record),
            other => panic!("{other}"),
        };
        let rows = match part {
            SamplePart::Customers => Rows::Records(vec![
                record(1, json!({"customer_id": "ann", "time": "2025-01-01"})),
                record(2, json!({"customer_id": "bob", "time": "2025-01-01"})),
            ]),
            SamplePart::Purchases => Rows::Purchases(vec![PurchaseLine {
                place: place(1),
                customer: "ann".to_owned(),
                time: 1_760_000_000,
                amount: 100_000,
                quantity: None,
                cost: None,
                order: Some("1".to_owned()),
                product: None,
                category: None,
                channel: None,
            }]),
            SamplePart::Visits => {
                let visit = json!({"event": "Product Viewed", "customer_id": "bob", "time": "2025-10-09T00:00:00Z"});
                Rows::Records(vec![record(8, visit)])
            }
            _ => Rows::Records(Vec::new()),
        };
        Box::pin(async { Ok(SampleRows { bytes_total: 1, rows: Box::new(Once(Some(rows))) }) })
    }
}

async fn it_comes_once_and_has_a_past(app: TestApp) {
    let server = app.app.clone().with_sample(Arc::new(Small));
    let wish = SampleCompany { months: 2, ..SampleCompany::new(&server, 2) };
    assert_eq!(wish.company.end.to_string(), "2026-01-02");
    let job = sample::ask(&server, &wish, "me").await.unwrap();
    assert_eq!(sample::ask(&server, &wish, "me").await.unwrap(), job, "asked for twice, loaded once");
    server.work().await.unwrap();
    let done = sample::wait(&server, &job, |_| ()).await.unwrap();
    assert_eq!(done.result["customers"], json!(2));
    let names: Vec<Option<String>> = app.lake.messages().into_iter().map(|message| message.name).collect();
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(names, [None, None, named("Order Completed"), named("Product Viewed")]);
    let viewer = app.sign_in(Role::Viewer).await;
    let (_, runs) = app.call(&viewer, "GET", "/api/v1/runs", Value::Null).await;
    let mut days: Vec<&str> =
        runs["data"].as_array().unwrap().iter().map(|run| run["as_of"].as_str().unwrap()).collect();
    days.sort_unstable(); // the clock stands still, so ids made at one moment have no order
    assert_eq!(days, ["2025-11-30", "2025-12-31", "2026-01-02"]);
    app.clock.advance(HOUR);
    let refused = sample::ask(&server, &wish, "me").await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 409, "there is somebody");
    assert!(!server.config.data.join("sample-company").exists());
}

/// Reads any file as one customer, if its column `who` is taken for the customer.
struct OneCustomer;

impl Uploads for OneCustomer {
    fn look<'a>(&'a self, _: &'a Path, read_as: &'a ReadAs) -> Answering<'a, Result<Look, String>> {
        let taken = read_as.columns.iter().find(|(role, _)| role == "customer_id");
        let column = taken.map_or("mail", |(_, column)| column);
        let look = Look { columns: vec![("customer_id".to_owned(), column.to_owned())], currency: None };
        Box::pin(async move { if column == "none" { Err("no such column".to_owned()) } else { Ok(look) } })
    }

    fn columns<'a>(&'a self, _: &'a Path) -> Answering<'a, Vec<String>> {
        Box::pin(async { vec!["who".to_owned(), "mail".to_owned()] })
    }

    fn read<'a>(
        &'a self,
        _: &'a Path,
        read_as: &'a ReadAs,
        _: Arc<AtomicU64>,
    ) -> Answering<'a, Result<Reading, String>> {
        let who = read_as.columns.iter().any(|(role, column)| role == "customer_id" && column == "who");
        let record = json!({"customer_id": if who { "ann" } else { "ann@example.org" }});
        let Value::Object(record) = record else { unreachable!("it is an object") };
        let rows = Rows::Records(vec![(Place { file: 0, line: 1 }, record)]);
        Box::pin(async { Ok(Reading { bytes_total: 1, rows: Box::new(Once(Some(rows))) }) })
    }
}

/// A request to a server; its status, where to go then, and its text.
async fn send(server: &crate::platform::server::App, request: Request<Body>) -> (StatusCode, String, String) {
    let mut request = request;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
    let response = server.router().oneshot(request).await.unwrap();
    let there = response.headers().get("location").map_or("", |there| there.to_str().unwrap()).to_owned();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, there, String::from_utf8(body.to_vec()).unwrap())
}

fn upload_of(by: &Credentials, name: &str) -> Request<Body> {
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"kind\"\r\n\r\ncustomers\r\n--b\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nwho,mail\nann,ann@example.org\n\r\n--b--\r\n"
    );
    let request = by.sign(Request::post("/en/start/upload")).header("content-type", "multipart/form-data; boundary=b");
    request.body(Body::from(body)).unwrap()
}

async fn a_file_is_looked_at_corrected_and_stored(app: TestApp) {
    let server = app.app.clone().with_uploads(Arc::new(OneCustomer));
    let (marketer, viewer) = (app.sign_in(Role::Marketer).await, app.sign_in(Role::Viewer).await);
    assert_eq!(send(&server, upload_of(&viewer, "a.csv")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(send(&server, upload_of(&marketer, "")).await.1, "/en/start?file=none");
    let (status, there, _) = send(&server, upload_of(&marketer, "../../people.csv")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let get = |path: &str| marketer.sign(Request::get(path)).body(Body::empty()).unwrap();
    let (status, _, page) = send(&server, get(&there)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("people.csv") && page.contains("<option selected>mail</option>"), "{page}");

    let here = there.split('?').next().unwrap().to_owned();
    let post = |fields: &'static str| {
        let request =
            marketer.sign(Request::post(here.as_str())).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(fields)).unwrap()
    };
    let (status, _, page) = send(&server, post("kind=customers&customer_id=none")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("no such column"));
    let (status, there, _) = send(&server, post("kind=customers&customer_id=who")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    run_due(&server, JOBS).await.unwrap();
    let (_, _, page) = send(&server, get(&there)).await;
    assert!(page.contains("The file was read to its end."), "{page}");
    server.catch_up().await.unwrap();
    let users: Vec<Option<String>> = app.lake.messages().into_iter().map(|message| message.user_id).collect();
    assert_eq!(users, [Some("ann".to_owned())], "as it was corrected");
    assert_eq!(send(&server, get(&here)).await.0, StatusCode::NOT_FOUND, "it is here no more");
    assert_eq!(send(&server, get("/en/start/upload/..")).await.0, StatusCode::NOT_FOUND);

    // What nobody stores goes after a day; files are as old as the system says, so the clock is moved far on.
    send(&server, upload_of(&marketer, "b.csv")).await;
    app.clock.advance(100 * 365 * 24 * HOUR);
    upload::tidy(&server).await.unwrap();
    assert_eq!(std::fs::read_dir(server.config.data.join("uploads")).unwrap().count(), 0);
}
