//! Files row by row, in their order, for those who store each: a thread reads ahead by a few batches.

use super::problems::ProblemLog;
use super::{Dataset, IngestError};
use cvm_core::lake::Answering;
use cvm_core::rows::{Place, PurchaseLine, RejectedRow, RowReader, Rows};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Batches read ahead.
const AHEAD: usize = 4;

/// Files being read.
#[derive(Debug)]
pub struct Reading {
    rows: Receiver<Result<Rows, IngestError>>,
}

impl Reading {
    /// Reads in a thread of its own, until all is read or nobody asks any more.
    pub(super) fn start(read: impl FnOnce(&Out) -> Result<(), IngestError> + Send + 'static) -> Self {
        let (sender, rows) = channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let out = Out(sender);
            if let Err(error) = read(&out) {
                let _ = out.0.blocking_send(Err(error)); // nobody asks any more
            }
        });
        Self { rows }
    }
}

impl RowReader for Reading {
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>> {
        Box::pin(async { self.rows.recv().await.transpose().map_err(|error| error.to_string()) })
    }
}

/// Where rows go.
#[derive(Clone)]
pub(super) struct Out(Sender<Result<Rows, IngestError>>);

impl Out {
    /// False where nobody asks any more.
    pub(super) fn send(&self, rows: Rows) -> bool {
        self.0.blocking_send(Ok(rows)).is_ok()
    }

    /// A log that tells of the rows of these files.
    pub(super) fn log(&self, files: Vec<String>) -> ProblemLog {
        let out = self.clone();
        ProblemLog::telling(Box::new(move |file, problems| {
            let file = files.iter().position(|known| known == file).unwrap_or_default() as u32;
            let rejected = |(line, reason, text)| RejectedRow { place: Place { file, line }, reason, text };
            out.send(Rows::Rejected(problems.into_iter().map(rejected).collect()));
        }))
    }
}

impl Dataset {
    /// All lines of purchases in their order, and the rows that are none; from a runtime of tokio. `progress` counts bytes
    /// of the files.
    pub fn read(self, progress: Arc<AtomicU64>) -> Reading {
        debug_assert!(self.plan.detailed, "opened with `detailed`");
        Reading::start(move |out| {
            let log = out.log(self.files());
            for partition in self.partitions() {
                let file = partition.number;
                for batch in partition.batches(&log, &progress) {
                    if !out.send(Rows::Purchases(lines(&batch?, file))) {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }
}

fn lines(batch: &RecordBatch, file: u32) -> Vec<PurchaseLine> {
    let integers = |name: &str| batch.column_by_name(name).map(|column| column.as_primitive::<Int64Type>().clone());
    let texts = |name: &str| batch.column_by_name(name).map(|column| column.as_string_view().clone());
    let (numbers, times, amounts) = match (integers("line"), integers("time"), integers("amount")) {
        (Some(numbers), Some(times), Some(amounts)) => (numbers, times, amounts),
        _ => unreachable!("detailed batches have these columns"),
    };
    let customers = datafusion::arrow::compute::cast(batch.column(0), &DataType::Utf8View)
        .expect("whole numbers and texts have a text");
    let customers = customers.as_string_view();
    let costs = integers("cost");
    let [quantities, orders, products, categories, channels] =
        ["quantity", "order", "product", "category", "channel"].map(texts);
    let text = |column: &Option<datafusion::arrow::array::StringViewArray>, row: usize| {
        column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row).to_owned())
    };
    let line = |row: usize| PurchaseLine {
        place: Place { file, line: numbers.value(row) as u64 },
        customer: customers.value(row).trim().to_owned(),
        time: times.value(row),
        amount: amounts.value(row),
        quantity: text(&quantities, row),
        cost: costs.as_ref().filter(|costs| costs.is_valid(row)).map(|costs| costs.value(row)),
        order: text(&orders, row),
        product: text(&products, row),
        category: text(&categories, row),
        channel: text(&channels, row),
    };
    (0..batch.num_rows()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Options, open};
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Decimal128Array, Int32Array, StringArray, TimestampMicrosecondArray};
    use datafusion::parquet::arrow::ArrowWriter;
    use std::path::Path;

    async fn read(path: &Path) -> (Vec<PurchaseLine>, Vec<RejectedRow>) {
        let mut options = Options::new(chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap());
        (options.detailed, options.timezone) = (true, chrono_tz::Tz::America__New_York);
        let dataset = open(&[path.display().to_string()], &options).unwrap();
        let mut reading = dataset.read(Arc::default());
        let (mut lines, mut rejected) = (Vec::new(), Vec::new());
        while let Some(rows) = reading.next().await.unwrap() {
            match rows {
                Rows::Purchases(more) => lines.extend(more),
                Rows::Rejected(more) => rejected.extend(more),
                Rows::Records(_) => unreachable!(),
            }
        }
        (lines, rejected)
    }

    #[tokio::test]
    async fn text_and_columns_say_the_same_of_each_line() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("a.csv");
        let rows = "o1,ann,2025-07-01 12:00:00,A,1.5,2.10\no1,ann,2025-07-01 12:00:00,B,-2,0.33\n\
                    o2,,2025-07-01 12:00:00,A,1,1.00\no3,bob,2025-07-02 23:30:00,,1,4.00\n";
        std::fs::write(&text, format!("order,customer,time,product,quantity,unit price\n{rows}")).unwrap();
        let columns = folder.path().join("a.parquet");
        let noon = 1_751_371_200_000_000;
        let decimals = |values: Vec<i128>| Decimal128Array::from(values).with_precision_and_scale(10, 2).unwrap();
        let fields: Vec<(&str, ArrayRef)> = vec![
            ("order", Arc::new(StringArray::from(vec!["o1", "o1", "o2", "o3"]))),
            ("customer", Arc::new(StringArray::from(vec![Some("ann"), Some("ann"), None, Some("bob")]))),
            (
                "time",
                Arc::new(TimestampMicrosecondArray::from(vec![
                    noon,
                    noon,
                    noon,
                    noon + 35 * 3_600_000_000 + 1_800_000_000,
                ])),
            ),
            ("product", Arc::new(StringArray::from(vec![Some("A"), Some("B"), Some("A"), None]))),
            ("quantity", Arc::new(decimals(vec![150, -200, 100, 100]))),
            ("unit price", Arc::new(decimals(vec![210, 33, 100, 400]))),
            ("row", Arc::new(Int32Array::from(vec![1, 2, 3, 4]))),
        ];
        let batch = RecordBatch::try_from_iter(fields).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&columns).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let (of_text, rejected) = read(&text).await;
        let shown =
            |line: &PurchaseLine| (line.place.line, line.time, line.amount, line.order.clone(), line.product.clone());
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            of_text.iter().map(shown).collect::<Vec<_>>(),
            [
                (2, 1_751_371_200, 31_500, text("o1"), text("A")),
                (3, 1_751_371_200, -6_600, text("o1"), text("B")),
                (5, 1_751_499_000, 40_000, text("o3"), None),
            ]
        );
        assert_eq!((rejected[0].place.line, rejected[0].reason), (4, "no_customer"));
        let (of_columns, rejected) = read(&columns).await;
        assert_eq!((rejected[0].place.line, rejected[0].reason), (3, "no_customer"));
        let number = |text: &Option<String>| text.as_deref().unwrap().parse::<f64>().unwrap();
        for (a, b) in of_text.iter().zip(&of_columns) {
            assert_eq!(number(&a.quantity), number(&b.quantity));
            let same = PurchaseLine { place: a.place, quantity: a.quantity.clone(), ..b.clone() };
            assert_eq!((a, a.place.line - 1), (&same, b.place.line));
        }
    }
}
