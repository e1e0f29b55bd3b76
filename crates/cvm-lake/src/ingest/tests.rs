//! Small files with the traps of real ones, read from end to end.

use super::*;
use chrono::NaiveDate;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    StringArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;
use tempfile::TempDir;

/// A folder with files, gone when the test is over.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn parquet(&self, name: &str, columns: Vec<(&str, ArrayRef)>) -> String {
        let path = self.0.path().join(name);
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path.display().to_string()
    }

    /// The message without the folder, which is another one each time, in lines of 100 letters.
    fn message(&self, error: &IngestError) -> String {
        let message = error.to_string().replace(&format!("{}/", self.0.path().display()), "");
        let mut lines = vec![String::new()];
        for word in message.split(' ') {
            if lines.last().unwrap().len() + word.len() > 100 {
                lines.push(String::new());
            }
            let line = lines.last_mut().unwrap();
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        lines.join("\n")
    }

    fn refusal(&self, content: impl AsRef<[u8]>, options: &Options) -> String {
        let path = self.file("purchases.csv", content);
        self.message(&open(&[path], options).unwrap_err())
    }
}

fn options() -> Options {
    Options::new(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap())
}

/// What came out.
struct Table {
    dataset: Dataset,
    /// Columns joined by spaces: amounts as numbers, days as dates.
    rows: Vec<String>,
    /// File name, line, reason.
    problems: Vec<String>,
    counts: Vec<(String, u64)>,
    rows_read: u64,
    identical_rows: u64,
}

fn read(paths: &[String], options: &Options) -> Table {
    try_read(paths, options).unwrap_or_else(|error| panic!("{error}"))
}

fn try_read(paths: &[String], options: &Options) -> Result<Table, IngestError> {
    let dataset = open(paths, options)?;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("problems.parquet");
    let log = ProblemLog::create(&path)?;
    let progress = AtomicU64::new(0);
    let mut rows = Vec::new();
    for partition in dataset.partitions() {
        for batch in partition.batches(&log, &progress) {
            let batch = batch?;
            assert_eq!(batch.schema(), dataset.schema());
            rows.extend((0..batch.num_rows()).map(|row| row_text(&batch, row)));
        }
    }
    let (total, done) = (dataset.bytes_total(), progress.load(Ordering::Relaxed));
    assert!(done <= total && done * 100 >= total * 95, "progress went to {done} of {total}");
    let (rows_read, rows_used, identical_rows) = (log.rows_read(), log.rows_used(), log.identical_rows());
    let counts: Vec<(String, u64)> = log.finish()?.into_iter().map(|count| (count.reason, count.rows)).collect();
    assert_eq!(rows_used, rows.len() as u64);
    assert_eq!(rows_read, rows_used + counts.iter().map(|(_, rows)| rows).sum::<u64>(), "no row is lost silently");
    let problems = logged(&path);
    Ok(Table { dataset, rows, problems, counts, rows_read, identical_rows })
}

fn row_text(batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let value = |at: usize| {
        let column = batch.column(at);
        match schema.field(at).name().as_str() {
            _ if column.is_null(row) => "-".to_owned(),
            "day" => times::iso_day(column.as_primitive::<Int32Type>().value(row)),
            "amount" | "cost" => (column.as_primitive::<Int64Type>().value(row) as f64 / 1e4).to_string(),
            _ => match column.as_string_view_opt() {
                Some(texts) => texts.value(row).to_owned(),
                None => column.as_primitive::<Int64Type>().value(row).to_string(),
            },
        }
    };
    (0..batch.num_columns()).map(value).collect::<Vec<_>>().join(" ")
}

fn logged(path: &Path) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(Result::unwrap) {
        let text = |at: usize, row: usize| batch.column(at).as_string::<i32>().value(row).to_owned();
        for row in 0..batch.num_rows() {
            let file = text(0, row).rsplit('/').next().unwrap().to_owned();
            let line = batch.column(1).as_primitive::<Int64Type>().value(row);
            rows.push(format!("{file}:{line} {} | {}", text(2, row), text(3, row)));
        }
    }
    rows
}

fn read_text(content: impl AsRef<[u8]>) -> Table {
    let folder = Folder::new();
    read(&[folder.file("purchases.csv", content)], &options())
}

fn mapping(table: &Table) -> Vec<String> {
    let columns = table.dataset.mapping().mapped_columns();
    columns
        .into_iter()
        .map(|column| {
            let format = column.format.map_or(String::new(), |format| format!(", {format}"));
            format!("{} = {} ({}{format})", column.role, column.column, column.found_by)
        })
        .collect()
}

#[test]
fn every_separator_gives_the_same_table() {
    let expected = ["007 2024-01-31 12.5", "8 2024-02-01 -3"];
    for (name, text) in [
        ("comma", "customer,date,amount\n007,2024-01-31,12.50\n8,2024-02-01,-3\n"),
        ("semicolon", "customer;date;amount\r\n007;2024-01-31;12,50\r\n8;2024-02-01;-3\r\n"),
        ("tab", "customer\tdate\tamount\n007\t2024-01-31\t12.50\n8\t2024-02-01\t-3"),
        ("pipe", "customer|date|amount\n007|2024-01-31|12.50\n8|2024-02-01|-3\n"),
        ("spaces", "  customer  date      amount\n  007 2024-01-31   12.50\n    8 2024-02-01   -3\n"),
        ("announced", "sep=;\ncustomer;date;amount\n007;2024-01-31;12.50\n8;2024-02-01;-3\n"),
        ("byte-order mark", "\u{feff}customer,date,amount\n007,2024-01-31,12.50\n8,2024-02-01,-3\n"),
        ("quotes", "\"customer\",\"date\",\"amount\"\n\"007\",\"2024-01-31\",\"12.50\"\n\"8\",\"2024-02-01\",\"-3\"\n"),
        ("spare fields", "customer,date,amount\n007,2024-01-31,12.50,,\n\n8,2024-02-01,-3\n"),
    ] {
        assert_eq!(read_text(text).rows, expected, "{name}");
    }
}

#[test]
fn packed_files_are_unpacked() {
    let folder = Folder::new();
    let text = b"customer,date,amount\n1,2024-01-31,12.50\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text).unwrap();
    let packed = [
        folder.file("purchases.csv.gz", gzip.finish().unwrap()),
        folder.file("named-as-it-is-not.csv", zstd::encode_all(&text[..], 3).unwrap()),
    ];
    for path in packed {
        assert_eq!(read(&[path], &options()).rows, ["1 2024-01-31 12.5"]);
    }
}

#[test]
fn polish_russian_and_persian_files_open_as_they_are() {
    let polish = "Nr klienta;Data zamówienia;Wartość brutto (zł);Kanał sprzedaży\nŻ-1;31.01.2024;1 234,50 zł;Łódź\n";
    let russian = "Код клиента;Дата заказа;Сумма, руб.;Артикул\nК-1;31.01.2024;1 234,50;Чай\n";
    let persian = "شناسه مشتری,تاریخ خرید,مبلغ کل,کانال فروش\nم-۱,2024-01-31,۱٬۲۳۴٫۵,فروشگاه\n";
    let utf16 = polish.encode_utf16().flat_map(u16::to_le_bytes);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16).collect();
    for bytes in [polish.as_bytes().to_vec(), encoding_rs::WINDOWS_1250.encode(polish).0.into_owned(), utf16] {
        assert_eq!(read_text(bytes).rows, ["Ż-1 2024-01-31 1234.5 Łódź"]);
    }
    for bytes in [russian.as_bytes().to_vec(), encoding_rs::WINDOWS_1251.encode(russian).0.into_owned()] {
        assert_eq!(read_text(bytes).rows, ["К-1 2024-01-31 1234.5 Чай"]);
    }
    assert_eq!(read_text(persian).rows, ["م-۱ 2024-01-31 1234.5 فروشگاه"]);
    let western = encoding_rs::WINDOWS_1252.encode("client;date;total\nJosé Núñez;31/01/2024;5,00 €\n").0.into_owned();
    assert_eq!(read_text(western).rows, ["José Núñez 2024-01-31 5"]);
}

#[test]
fn letters_that_come_late_are_still_decoded() {
    let mut text = "klient;data;kwota\n".to_owned();
    for row in 0..400_000 {
        text.push_str(&format!("k{};2024-01-31;1,50\n", row % 1000));
    }
    text.push_str("Łącki;2024-01-31;1,50\n");
    let table = read_text(encoding_rs::WINDOWS_1250.encode(&text).0);
    assert_eq!(table.rows.last().unwrap(), "Łącki 2024-01-31 1.5");
}

#[test]
fn numbers_come_in_many_clothes() {
    for (amounts, expected) in [
        ("\"1,234.56\"|$5.00|(2.50)|3.00-|+1|1e-2", "1234.56 5 -2.5 -3 1 0.01"),
        ("1.234,56|5,00 €|-2,50|3,00-|1'000,5|0,5", "1234.56 5 -2.5 -3 1000.5 0.5"),
        ("1\u{a0}234,56|5 000|2,50 zł|-3 руб.|1,5|0,00005", "1234.56 5000 2.5 -3 1.5 0.0001"),
    ] {
        let rows = amounts.split('|').map(|amount| format!("k1;2024-01-31;{amount}\n")).collect::<String>();
        let table = read_text(format!("customer;date;amount\n{rows}"));
        let read: Vec<&str> = table.rows.iter().map(|row| row.rsplit(' ').next().unwrap()).collect();
        assert_eq!(read.join(" "), expected);
    }
}

#[test]
fn one_late_value_decides_how_all_dates_are_read() {
    // 60 000 rows: neither the first nor the last ones tell day from month.
    for (decisive, first_row) in [("25/01/2024", "1 2024-03-02 1"), ("01/25/2024", "1 2024-02-03 1")] {
        let mut text = "customer,date,amount\n".to_owned();
        for row in 0..60_000 {
            let date = if row == 40_000 { decisive } else { "02/03/2024" };
            text.push_str(&format!("{},{date},1\n", row % 500 + 1));
        }
        let table = read_text(text);
        assert_eq!(table.rows.len(), 60_000);
        assert_eq!(table.rows[0], first_row);
    }
}

#[test]
fn one_late_value_decides_how_all_numbers_are_read() {
    for (decisive, first_amount) in [("0,5", "1.234"), ("0.5", "1234")] {
        let mut text = "customer;date;amount\n".to_owned();
        for row in 0..60_000 {
            text.push_str(&format!("{};2024-01-31;{}\n", row % 500, if row == 40_000 { decisive } else { "1,234" }));
        }
        assert_eq!(read_text(text).rows[0], format!("0 2024-01-31 {first_amount}"));
    }
}

#[test]
fn dates_may_be_numbers() {
    for (name, values, look, days) in [
        ("compact", ["20240131", "20240201"], "yyyymmdd", ["2024-01-31", "2024-02-01"]),
        ("excel", ["45322", "45323.75"], "Excel day number", ["2024-01-31", "2024-02-01"]),
        ("seconds", ["1706659200", "1706832000"], "Unix seconds", ["2024-01-31", "2024-02-02"]),
        ("milliseconds", ["1706659200000", "1706831999999"], "Unix milliseconds", ["2024-01-31", "2024-02-01"]),
        ("microseconds", ["1706659200000000", "1706831999999999"], "Unix microseconds", ["2024-01-31", "2024-02-01"]),
    ] {
        let [first, second] = values;
        let table = read_text(format!("customer,date,amount\n1,{first},1.5\n2,{second},1.5\n"));
        assert_eq!(table.rows, [format!("1 {} 1.5", days[0]), format!("2 {} 1.5", days[1])], "{name}");
        assert_eq!(mapping(&table)[1], format!("time = date (name, {look})"));
    }
}

#[test]
fn problems_stand_at_their_line_whatever_breaks_above() {
    let text = "customer,date,amount,note\n\
        1,2024-01-31,5.00,\"two\nlines\"\n\
        ,2024-01-31,5.00,nobody\n\
        2,,5.00,when\n\
        3,soon,5.00,when\n\
        4,2024-01-31,,how much\n\
        5,2024-01-31,five,how much\n\
        6,2024-01-31\n\
        \n\
        7,2999-01-01,5.00,later\n\
        8,2024-06-30,5.00,after\n\
        9,2024-01-31,-5.00,back\n";
    let folder = Folder::new();
    let mut good = String::new();
    for _ in 0..200 {
        good.push_str("10,2024-01-30,1.00,\n");
    }
    let path = folder.file("purchases.csv", format!("{text}{good}"));
    let as_of = NaiveDate::from_ymd_opt(2024, 3, 1);
    let table = read(&[path], &Options { as_of, returns: Returns::Drop, ..options() });
    assert_eq!((table.rows.len(), table.rows_read), (201, 210));
    insta::assert_snapshot!(table.problems.join("\n"), @r"
    purchases.csv:4 no_customer | ,2024-01-31,5.00,nobody
    purchases.csv:5 no_time | 2,,5.00,when
    purchases.csv:6 unreadable_time | 3,soon,5.00,when
    purchases.csv:7 no_amount | 4,2024-01-31,,how much
    purchases.csv:8 not_a_number | 5,2024-01-31,five,how much
    purchases.csv:9 wrong_columns | 6,2024-01-31
    purchases.csv:11 future_date | 7,2999-01-01,5.00,later
    purchases.csv:12 after_as_of | 8,2024-06-30,5.00,after
    purchases.csv:13 return_dropped | 9,2024-01-31,-5.00,back
    ");
    assert!(table.counts.iter().all(|(reason, rows)| PROBLEM_REASONS.contains(&reason.as_str()) && *rows == 1));
}

#[test]
fn bytes_that_are_no_text_cost_their_row_only() {
    let mut text = "customer,date,amount\n".to_owned().into_bytes();
    for row in 0..50 {
        text.extend(format!("Żółć{row},2024-01-31,1.00\n").into_bytes());
    }
    text.extend(b"caf\xe9,2024-01-31,1.00\n");
    let table = read_text(text);
    assert_eq!((table.rows.len(), table.counts), (50, vec![("unreadable_text".to_owned(), 1)]));
}

#[test]
fn the_text_of_a_long_row_is_cut() {
    let long = "ż".repeat(2000);
    let table = read_text(format!("customer,date,amount,note\n1,2024-01-31,1,x\n,2024-01-31,1,{long}\n"));
    let text = table.problems[0].split(" | ").nth(1).unwrap();
    assert_eq!(text.chars().count(), 500);
}

#[test]
fn json_lines_are_read_by_member() {
    let text = concat!(
        r#"{"user_id": 7, "created_at": "2024-01-31T23:30:00-02:00", "total": 12.5, "items": [1, 2], "sku": "a\"b"}"#,
        "\n\n",
        r#"{"total": "1,234", "user_id": "007", "created_at": "2024-02-01T00:00:00Z"}"#,
        "\n",
        r#"{"total": 3, "user_id": null, "created_at": "2024-02-01T00:00:00Z"}"#,
        "\n",
        "{\"total\": 3, \"user_id\"\n",
        r#"{"total": 1e3, "user_id": 9, "created_at": "2024-02-01T00:00:00Z"}"#,
    );
    let table = read_text(text);
    // The text "1,234" alone could be read in two ways; the number 12.5 beside it decides.
    insta::assert_snapshot!(table.rows.join("\n"), @r#"
    7 2024-02-01 12.5 a"b
    007 2024-02-01 1234 -
    9 2024-02-01 1000 -
    "#);
}

#[test]
fn a_table_without_names_is_known_by_its_content() {
    let sample =
        " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n 00021 0002 19970101  3   63.34\r\n";
    let table = read_text(sample);
    assert_eq!(table.rows, ["00004 1997-01-01 29.33", "00004 1997-01-18 29.73", "00021 1997-01-01 63.34"]);
    insta::assert_snapshot!(mapping(&table).join("\n"), @r"
    customer = column 1 (content)
    time = column 3 (content, yyyymmdd)
    amount = column 5 (content, decimal point)
    ");
}

#[test]
fn unknown_names_do_where_one_column_is_left() {
    let table = read_text("kto,kiedy,ile\nanna,2024-01-31,5.50\njan,2024-01-31,3.25\nanna,2024-02-01,1.00\n");
    insta::assert_snapshot!(mapping(&table).join("\n"), @r"
    customer = kto (only)
    time = kiedy (only, yyyy-mm-dd)
    amount = ile (only, decimal point)
    ");
}

#[test]
fn quantity_times_price_is_exact_and_cost_by_piece_is_multiplied() {
    let text = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Unit cost\n\
        536365,85123A,6,2010-12-01 08:26:00,2.55,17850,1.10\n\
        C536379,D,-1,2010-12-01 09:41:00,27.50,14527,\n\
        536370,X,1000,2010-12-01 09:41:00,0.00125,14527,?\n\
        536371,X,3,2010-12-01 09:41:00,0.00005,14527,0.1\n\
        A563185,B,-1,2011-08-12 14:50:00,-11062.06,9,0\n";
    let table = read_text(text);
    insta::assert_snapshot!(table.rows.join("\n"), @r"
    17850 2010-12-01 15.3 536365 85123A
    14527 2010-12-01 -27.5 C536379 D
    14527 2010-12-01 1.25 536370 X
    14527 2010-12-01 0.0002 536371 X
    9 2011-08-12 -11062.06 A563185 B
    ");
    insta::assert_snapshot!(mapping(&table).join("\n"), @r"
    customer = CustomerID (name)
    time = InvoiceDate (name, yyyy-mm-dd hh:mm)
    quantity = Quantity (name, decimal point)
    unit_price = UnitPrice (name, decimal point)
    order = InvoiceNo (name)
    product = StockCode (name)
    ");
}

#[test]
fn a_negative_quantity_makes_an_unsigned_amount_a_return() {
    let table =
        read_text("customer,date,qty,amount\n1,2024-01-31,2,5.50\n1,2024-02-01,-2,5.50\n1,2024-02-02,-1,-1.00\n");
    assert_eq!(table.rows, ["1 2024-01-31 5.5", "1 2024-02-01 -5.5", "1 2024-02-02 -1"]);
}

#[test]
fn days_are_local_but_dates_never_shift() {
    let warsaw = Options { timezone: chrono_tz::Europe::Warsaw, ..options() };
    let folder = Folder::new();
    for (values, expected) in [
        (["2024-01-31", "2024-07-01"], ["2024-01-31", "2024-07-01"]),
        (["2024-01-31 22:59:59", "2024-07-01 22:00:00"], ["2024-01-31", "2024-07-02"]),
        (["2024-01-31T23:00:00Z", "2024-07-01T23:59:00+02:00"], ["2024-02-01", "2024-07-01"]),
        // All times are midnight: these are dates in disguise.
        (["2024-01-31 00:00:00", "2024-07-01 00:00:00"], ["2024-01-31", "2024-07-01"]),
    ] {
        let [first, second] = values;
        let path = folder.file("a.csv", format!("customer,date,amount\n1,{first},1\n2,{second},1\n"));
        let table = read(&[path], &Options { timezone: chrono_tz::America::New_York, ..options() });
        assert_eq!(table.rows.len(), 2);
        let path = folder.file("a.csv", format!("customer,date,amount\n1,{first},1\n2,{second},1\n"));
        let table = read(&[path], &warsaw);
        assert_eq!(table.rows, [format!("1 {} 1", expected[0]), format!("2 {} 1", expected[1])]);
    }
}

#[test]
fn parquet_columns_keep_their_types() {
    let folder = Folder::new();
    let day = 19_753; // 2024-01-31
    let customer: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(9)]));
    let times: [(&str, ArrayRef); 7] = [
        ("date32", Arc::new(Date32Array::from(vec![day, day, day]))),
        ("naive ns", Arc::new(TimestampNanosecondArray::from(vec![i64::from(day) * 86_400_000_000_000 + 1; 3]))),
        (
            "utc ms",
            Arc::new(TimestampMillisecondArray::from(vec![i64::from(day) * 86_400_000; 3]).with_timezone("UTC")),
        ),
        ("yyyymmdd", Arc::new(Int32Array::from(vec![20_240_131; 3]))),
        ("unix", Arc::new(Int64Array::from(vec![i64::from(day) * 86_400; 3]))),
        ("excel", Arc::new(Float64Array::from(vec![45_322.5; 3]))),
        ("text", Arc::new(StringArray::from(vec!["31.01.2024"; 3]))),
    ];
    for (name, time) in times {
        let amount: ArrayRef = Arc::new(Float64Array::from(vec![2.55, 1.0, -0.1]));
        let path =
            folder.parquet("a.parquet", vec![("customer", customer.clone()), ("date", time), ("amount", amount)]);
        let table = read(&[path], &options());
        assert_eq!(table.dataset.schema().field(0).data_type(), &DataType::Int64);
        assert_eq!(table.rows, ["7 2024-01-31 2.55", "9 2024-01-31 -0.1"], "{name}");
        assert_eq!(table.counts, [("no_customer".to_owned(), 1)]);
        assert!(table.problems[0].starts_with("a.parquet:2 no_customer | customer="), "{:?}", table.problems);
    }
}

#[test]
fn parquet_amounts_keep_their_decimals() {
    let folder = Folder::new();
    let amounts: [(&str, ArrayRef, &str); 5] = [
        ("floats", Arc::new(Float64Array::from(vec![Some(1.00005), Some(1e300), None])), "1.0001"),
        ("integers", Arc::new(Int64Array::from(vec![Some(12), Some(i64::MAX), None])), "12"),
        (
            "decimals",
            Arc::new(
                Decimal128Array::from(vec![Some(1_234_565), Some(10_i128.pow(28)), None])
                    .with_precision_and_scale(30, 5)
                    .unwrap(),
            ),
            "12.3457",
        ),
        ("unsigned", Arc::new(UInt64Array::from(vec![Some(5), Some(u64::MAX), None])), "5"),
        ("texts", Arc::new(StringArray::from(vec![Some("1.234,5"), Some("2,5 %"), None])), "1234.5"),
    ];
    let others = |rows: usize| -> Vec<(&str, ArrayRef)> {
        let customers: Vec<Option<&str>> = vec![Some("a"); rows];
        let customers: DictionaryArray<Int32Type> = customers.into_iter().collect();
        vec![("customer", Arc::new(customers) as ArrayRef), ("date", Arc::new(Date32Array::from(vec![19_753; rows])))]
    };
    for (name, amount, expected) in amounts {
        let mut columns = others(3);
        columns.push(("amount", amount));
        let path = folder.parquet("a.parquet", columns);
        let given = Options { decimal: Some(DecimalMark::Comma), ..options() };
        let chosen = ColumnChoices { amount: Some("amount".to_owned()), ..ColumnChoices::default() };
        let table = read(&[path], &Options { columns: chosen, ..given });
        assert_eq!(table.rows, [format!("a 2024-01-31 {expected}")], "{name}");
        let reasons: Vec<&str> = table.counts.iter().map(|(reason, _)| reason.as_str()).collect();
        assert_eq!(reasons, ["no_amount", "not_a_number"], "{name}");
    }
}

#[test]
fn exports_that_overlap_are_counted_once() {
    let folder = Folder::new();
    let january = "order_id,customer,date,amount\n1,a,2024-01-30,5\n2,a,2024-01-31,5\n2,a,2024-01-31,5\n";
    // The other export has its columns in another order and overlaps by a day.
    let february = "customer;order_id;amount;date\na;2;5;2024-01-31\na;2;5;2024-01-31\nb;3;5;2024-02-01\n";
    let paths = [folder.file("1.csv", january), folder.file("2.csv", february)];
    let table = read(&paths, &options());
    assert_eq!(table.rows, ["a 2024-01-30 5 1", "a 2024-01-31 5 2", "a 2024-01-31 5 2", "b 2024-02-01 5 3"]);
    assert_eq!((table.counts, table.identical_rows), (vec![("duplicate".to_owned(), 2)], 1));
    let keep = Options { duplicates: Duplicates::Keep, ..options() };
    assert_eq!(read(&paths, &keep).rows.len(), 6);
    let drop = Options { duplicates: Duplicates::Drop, ..options() };
    assert_eq!(read(&paths, &drop).rows.len(), 3);
    // Naming a file twice is not an overlap.
    let pattern = folder.0.path().join("*.csv").display().to_string();
    assert_eq!(read(&[pattern, paths[0].clone()], &keep).rows.len(), 6);
    let array = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    let columns = |orders: Vec<i64>| {
        let rows = orders.len();
        let days = Arc::new(Date32Array::from(vec![19_753; rows])) as ArrayRef;
        vec![
            ("order_id", array(orders)),
            ("customer", array(vec![1; rows])),
            ("date", days),
            ("amount", array(vec![5; rows])),
        ]
    };
    let paths = [folder.parquet("1.parquet", columns(vec![1, 2, 2])), folder.parquet("2.parquet", columns(vec![2, 3]))];
    assert_eq!(read(&paths, &options()).counts, [("duplicate".to_owned(), 1)]);
    // Order numbers that do not meet: nothing is looked for, so equal lines are not even counted.
    let paths = [folder.parquet("1.parquet", columns(vec![1, 2, 2])), folder.parquet("2.parquet", columns(vec![3, 3]))];
    let apart = read(&paths, &options());
    assert_eq!((apart.rows.len(), apart.identical_rows), (5, 0));
}

#[test]
fn one_currency_is_kept_and_the_others_are_told() {
    let folder = Folder::new();
    let text =
        "customer,date,amount,currency\n1,2024-01-31,5,PLN\n2,2024-01-31,5,EUR\n3,2024-01-31,5,pln\n4,2024-01-31,5,\n";
    let path = folder.file("a.csv", text);
    insta::assert_snapshot!(folder.message(&open(std::slice::from_ref(&path), &options()).unwrap_err()), @r"
    `currency` holds several currencies (PLN, EUR); choose one with --currency, the other rows become
    problems
    ");
    let table = read(&[path], &Options { currency: Some("PLN".to_owned()), ..options() });
    assert_eq!((table.rows.len(), table.counts), (3, vec![("other_currency".to_owned(), 1)]));
    // The second currency comes after the sample.
    let mut text = "customer,date,amount,currency\n".to_owned();
    for row in 0..60_000 {
        text.push_str(&format!("{row},2024-01-31,5,{}\n", if row == 40_000 { "EUR" } else { "PLN" }));
    }
    let path = folder.file("b.csv", text);
    let error = try_read(&[path], &options()).err().unwrap();
    assert!(error.to_string().contains("(PLN, EUR)"), "{error}");
}

#[test]
fn what_is_not_certain_is_asked() {
    let folder = Folder::new();
    let refusal = |text: &str| folder.refusal(text, &options());
    insta::assert_snapshot!(refusal("customer,date,amount\n1,03/04/2024,5\n2,05/06/2024,5\n"), @r"
    the dates of `date` can be read in two ways: `03/04/2024` is 2024-04-03 (--date-format dmy) or
    2024-03-04 (--date-format mdy), and no value decides; say which with --date-format
    ");
    insta::assert_snapshot!(refusal("customer;date;amount\n1;2024-01-31;1,234\n2;2024-01-31;2,500\n"), @r"
    the numbers of `amount` can be read in two ways: `1,234` is 1234 (--decimal point) or 1.234
    (--decimal comma), and no value decides; say which with --decimal
    ");
    insta::assert_snapshot!(refusal("customer_id,client_id,date,amount\n1,2,2024-01-31,5\n"), @"`customer_id` and `client_id` could each be the customer; say which with --customer COLUMN");
    insta::assert_snapshot!(refusal("customer_id,date,net sales,revenue\n1,2024-01-31,5,6\n"), @"`net sales` and `revenue` could each be the amount; say which with --amount COLUMN");
    insta::assert_snapshot!(refusal("customer,date,amount\n1,31.01.2024,5\n2,01.31.2024,5\n"), @r"
    `date` mixes formats of dates: `31.01.2024` fits only --date-format dmy, `01.31.2024` only
    --date-format mdy; say which with --date-format, the other rows become problems
    ");
    insta::assert_snapshot!(refusal("customer;date;amount\n1;2024-01-31;1,5\n2;2024-01-31;1.5\n"), @r"
    `amount` mixes decimal marks: `1.5` fits only --decimal point, `1,5` only --decimal comma; say which
    with --decimal, the other rows become problems
    ");
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::new();
    let refusal = |text: &str| folder.refusal(text, &options());
    insta::assert_snapshot!(refusal(""), @"file `purchases.csv` is empty");
    insta::assert_snapshot!(refusal("customer,date,amount\n"), @"no rows in `purchases.csv`: there is nothing below the header");
    insta::assert_snapshot!(refusal("customer,amount\n1,5\n2,6\n"), @"found no column for the time in `customer` and `amount`; name it with --time COLUMN");
    insta::assert_snapshot!(refusal("customer,date\n1,2024-01-31\n"), @r"
    found no column for the amount in `customer` and `date`; name it with --amount COLUMN, or --quantity
    COLUMN and --unit-price COLUMN
    ");
    insta::assert_snapshot!(refusal("date,amount\n2024-01-31,5.50\n"), @"found no column for the customer in `date` and `amount`; name it with --customer COLUMN");
    insta::assert_snapshot!(refusal("customer,date,amount\n1,1402/11/11,5\n"), @r"
    the values of `date` fit no format of dates, for example `1402/11/11`; expected dates such as
    2024-01-31, 31.01.2024, 01/31/2024 or 20240131, Unix times or Excel day numbers: say which with
    --date-format, or name another column with --time
    ");
    insta::assert_snapshot!(refusal("customer,date,amount\n1,2024-01-31,five\n"), @"`amount` should hold the amount, but `five` is not a number; name another column with --amount");
    insta::assert_snapshot!(refusal("[{\"customer\": 1}]"), @"`purchases.csv` is one JSON array; write one object a line instead");
    insta::assert_snapshot!(refusal("RDX3\n\0\0\0\u{3}\0\u{4}\u{1}"), @r"
    `purchases.csv` is not text; give delimited text, JSON lines or Parquet, plain or packed with gzip or
    zstd
    ");
    insta::assert_snapshot!(refusal("PK\u{3}\u{4}..."), @"`purchases.csv` is an Excel workbook or a zip archive; save it as CSV");
    let columns = ColumnChoices { customer: Some("buyer".to_owned()), ..ColumnChoices::default() };
    let wanted = Options { columns, ..options() };
    insta::assert_snapshot!(folder.refusal("customer,date,amount\n1,2024-01-31,5\n", &wanted), @r"
    --customer names the column `buyer`, which `purchases.csv` does not have; its columns are `customer`,
    `date` and `amount`
    ");
    let missing = |path: &str| {
        folder.message(&open(&[folder.0.path().join(path).display().to_string()], &options()).unwrap_err())
    };
    insta::assert_snapshot!(missing("nothing.csv"), @"file `nothing.csv` does not exist");
    insta::assert_snapshot!(missing("*.txt"), @"no file fits the pattern `*.txt`");
    let paths = [
        folder.file("1.csv", "customer,date,amount\n1,2024-01-31,5\n"),
        folder.file("2.csv", "customer,date,total\n1,2024-01-31,5\n"),
    ];
    insta::assert_snapshot!(folder.message(&open(&paths, &options()).unwrap_err()), @r"
    `2.csv` has no column `amount` (the amount), which `1.csv` has; its columns are `customer`, `date`
    and `total`
    ");
    let mut cut = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    cut.write_all(&b"customer,date,amount\n1,2024-01-31,5\n".repeat(1000)).unwrap();
    let mut cut = cut.finish().unwrap();
    cut.truncate(60);
    insta::assert_snapshot!(folder.refusal(cut, &options()), @"`purchases.csv` is damaged: incomplete deflate stream");
}

#[test]
fn choices_are_saved_and_loaded() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "kto;kiedy;kwota 1;kwota 2\nanna;03.04.2024;1,234;5,0\njan;01.02.2024;1,500;6,0\n");
    let columns = ColumnChoices { amount: Some("kwota 1".to_owned()), ..ColumnChoices::default() };
    let chosen = Options {
        columns,
        date_format: Some(TimeFormat::Dmy),
        decimal: Some(DecimalMark::Comma),
        timezone: chrono_tz::Europe::Warsaw,
        ..options()
    };
    let table = read(std::slice::from_ref(&path), &chosen);
    let toml = table.dataset.mapping().to_toml();
    insta::assert_snapshot!(toml, @r#"
    date_format = "dmy"
    decimal = "comma"
    timezone = "Europe/Warsaw"
    returns = "net"
    duplicates = "auto"
    
    [columns]
    customer = "kto"
    time = "kiedy"
    amount = "kwota 1"
    "#);
    let mut loaded = options();
    loaded.apply(&SavedMapping::from_toml(&toml).unwrap()).unwrap();
    assert_eq!(loaded.timezone, chrono_tz::Europe::Warsaw);
    assert_eq!(read(&[path], &loaded).rows, table.rows);
    insta::assert_snapshot!(SavedMapping::from_toml("date_format = \"dym\"").unwrap_err(), @r#"
    the saved mapping cannot be used: TOML parse error at line 1, column 15
      |
    1 | date_format = "dym"
      |               ^^^^^
    `dym` is none of ymd, dmy, mdy, yyyymmdd, unix, unix-ms, unix-us, unix-ns, excel
    "#);
}

mod property {
    use super::*;
    use proptest::prelude::*;

    /// One way to write a table.
    #[derive(Debug, Clone)]
    struct Dialect {
        separator: char,
        decimal: char,
        date: &'static str,
        quoted: bool,
        crlf: bool,
        bom: bool,
        header: [&'static str; 3],
        packed: u8,
    }

    fn dialects() -> impl Strategy<Value = Dialect> {
        let layout = (prop::sample::select(vec![';', '\t', '|', ',']), prop::sample::select(vec!['.', ',']));
        let date = prop::sample::select(vec!["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%Y", "%Y/%m/%d"]);
        let header = prop::sample::select(vec![
            ["customer_id", "order date", "amount"],
            ["Klient", "Data zakupu", "Kwota"],
            ["Клиент", "Дата", "Сумма"],
            ["مشتری", "تاریخ", "مبلغ"],
        ]);
        (layout, date, any::<bool>(), any::<bool>(), any::<bool>(), header, 0..3_u8).prop_map(
            |((separator, decimal), date, quoted, crlf, bom, header, packed)| Dialect {
                separator,
                decimal,
                date,
                quoted: quoted || separator == decimal,
                crlf,
                bom,
                header,
                packed,
            },
        )
    }

    fn tables() -> impl Strategy<Value = Vec<(String, i32, i64)>> {
        let customer = "[A-Za-zżółćЖя]{1,3}[0-9]{2,12}";
        prop::collection::vec((customer, 10_000..20_000, -10_000_000..10_000_000_i64), 1..40)
    }

    fn write(table: &[(String, i32, i64)], dialect: &Dialect) -> Vec<u8> {
        let end = if dialect.crlf { "\r\n" } else { "\n" };
        let field = |text: String| if dialect.quoted { format!("\"{text}\"") } else { text };
        let line = |fields: [String; 3]| fields.map(field).join(&dialect.separator.to_string()) + end;
        let mut text = if dialect.bom { "\u{feff}".to_owned() } else { String::new() };
        text.push_str(&line(dialect.header.map(str::to_owned)));
        for (customer, day, cents) in table {
            let sign = if *cents < 0 { "-" } else { "" };
            let (whole, part) = (cents.abs() / 100, cents.abs() % 100);
            let date = NaiveDate::from_epoch_days(*day).unwrap().format(dialect.date).to_string();
            text.push_str(&line([customer.clone(), date, format!("{sign}{whole}{}{part:02}", dialect.decimal)]));
        }
        match dialect.packed {
            0 => text.into_bytes(),
            1 => zstd::encode_all(text.as_bytes(), 1).unwrap(),
            _ => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gzip.write_all(text.as_bytes()).unwrap();
                gzip.finish().unwrap()
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        #[test]
        fn a_table_in_any_dialect_is_read_back(mut table in tables(), dialect in dialects()) {
            // A day that tells day from month, so that the table says it all.
            table.push(("k00".to_owned(), 19_753, 1));
            let folder = Folder::new();
            let read = read(&[folder.file("table", write(&table, &dialect))], &options());
            let expected: Vec<String> = table
                .iter()
                .map(|(customer, day, cents)| format!("{customer} {} {}", times::iso_day(*day), *cents as f64 / 100.0))
                .collect();
            prop_assert_eq!(read.rows, expected);
            prop_assert!(read.problems.is_empty());
        }
    }
}
