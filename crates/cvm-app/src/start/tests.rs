//! The sample company comes once, whole, and only where there is nobody yet.

use super::sample::{self, SampleCompany};
use crate::access::Role;
use crate::platform::clock::HOUR;
use crate::platform::testing::{TestApp, on_both_databases};
use cvm_core::lake::Answering;
use cvm_core::rows::{Place, PurchaseLine, RowReader, Rows};
use cvm_core::sample::{Sample, SamplePart, SampleRows, SampleWish};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

on_both_databases!(it_comes_once_and_has_a_past);

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
    let days: Vec<&Value> = runs["data"].as_array().unwrap().iter().map(|run| &run["as_of"]).collect();
    assert_eq!(days, ["2026-01-02", "2025-12-31", "2025-11-30"]);
    app.clock.advance(HOUR);
    let refused = sample::ask(&server, &wish, "me").await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 409, "there is somebody");
    assert!(!server.config.data.join("sample-company").exists());
}
