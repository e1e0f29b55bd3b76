//! `local_day(timestamp, 'Europe/Warsaw')`: the day of a moment where people live. The engine's own functions know days of UTC
//! only.

use crate::ingest::LocalDays;
use chrono_tz::Tz;
use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// The function, for a session.
pub(super) fn local_day() -> ScalarUDF {
    ScalarUDF::new_from_impl(LocalDay { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LocalDay {
    signature: Signature,
}

impl ScalarUDFImpl for LocalDay {
    fn name(&self) -> &str {
        "local_day"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [DataType::Timestamp(..), DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8] => {
                Ok(DataType::Date32)
            }
            _ => plan_err!(
                "local_day takes a timestamp and the name of a time zone, as in local_day(timestamp, 'Europe/Warsaw')"
            ),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [times, ColumnarValue::Scalar(zone)] = arguments.args.as_slice() else {
            return exec_err!(
                "local_day takes one time zone for all rows, as in local_day(timestamp, 'Europe/Warsaw')"
            );
        };
        let Some(Some(zone)) = zone.try_as_str() else { return exec_err!("local_day needs the name of a time zone") };
        let Ok(zone) = zone.parse::<Tz>() else {
            return exec_err!("`{zone}` is no time zone; expected one like Europe/Warsaw");
        };
        match times {
            ColumnarValue::Array(times) => Ok(ColumnarValue::Array(days(times, zone)?)),
            ColumnarValue::Scalar(time) => {
                let days = days(&time.to_array()?, zone)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&days, 0)?))
            }
        }
    }
}

fn days(times: &ArrayRef, zone: Tz) -> Result<ArrayRef> {
    let times = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())))?;
    let mut days = LocalDays::new(zone, false);
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let mut day = |time: i64| days.of_utc(time.div_euclid(1_000_000));
    Ok(Arc::new(times.iter().map(|time| time.map(&mut day)).collect::<Date32Array>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use datafusion::prelude::SessionContext;

    async fn ask(sql: &str) -> Result<String> {
        let context = SessionContext::new();
        context.register_udf(local_day());
        Ok(pretty_format_batches(&context.sql(sql).await?.collect().await?)?.to_string())
    }

    #[tokio::test]
    async fn a_day_begins_where_people_live() {
        // Python: datetime.fromtimestamp(s, ZoneInfo("Asia/Tehran")).date(), at UTC+3:30, and Warsaw around its change of clocks.
        let sql = "SELECT local_day(to_timestamp_micros(t), 'Asia/Tehran') AS day FROM \
                   (VALUES (1767297599000000), (1767299400000000), (NULL)) AS moments (t)";
        let shown = ask(sql).await.unwrap();
        assert!(shown.contains("2026-01-01") && shown.contains("2026-01-02"), "{shown}");
        let sql = "SELECT local_day(TIMESTAMP '2026-03-28T22:59:59', 'Europe/Warsaw') AS a, \
                   local_day(TIMESTAMP '2026-03-28T23:00:00', 'Europe/Warsaw') AS b, \
                   local_day(TIMESTAMP '2026-03-29T22:00:00', 'Europe/Warsaw') AS c";
        let shown = ask(sql).await.unwrap();
        assert!(shown.contains("| 2026-03-28 | 2026-03-29 | 2026-03-30 |"), "{shown}");
    }

    #[tokio::test]
    async fn what_is_no_zone_is_said() {
        let error = ask("SELECT local_day(TIMESTAMP '2026-01-01T00:00:00', 'Mars')").await.unwrap_err().to_string();
        assert!(error.contains("`Mars` is no time zone; expected one like Europe/Warsaw"), "{error}");
        let error = ask("SELECT local_day(1, 'UTC')").await.unwrap_err().to_string();
        assert!(error.contains("local_day takes a timestamp and the name of a time zone"), "{error}");
    }
}
