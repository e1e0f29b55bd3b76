//! The files of the main job: customers, figures, models.

use super::Options;
use super::forecast::CustomerForecast;
use super::score::Scores;
use crate::LakeError;
use crate::features::base::Base;
use crate::output::{self, OURS, Output, TableWriter, json};
use cvm_core::columns;
use cvm_core::report::Report;
use cvm_core::text::Words;
use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use serde::Serialize;
use std::sync::Arc;

/// Customers written at once.
const ROWS: usize = 65_536;

/// Writes the customers, the figures and the models.
pub(super) fn write(
    base: &Base,
    scores: &Scores<'_>,
    report: &Report,
    options: &Options,
    output: &Output,
) -> Result<(), LakeError> {
    output.add(OURS, &json(report)?)?;
    output.add("models.json", &json(&Models { run: &report.run, models: &report.models })?)?;
    let schema = output::schema(columns::CUSTOMER);
    let mut table = TableWriter::create(output, "customers", schema.clone(), options.csv)?;
    let words = Words::new(options.language);
    for start in (0..base.len()).step_by(ROWS) {
        let batch = customers(base, scores, start..(start + ROWS).min(base.len()), &words, &schema)?;
        table.write(&batch)?;
    }
    table.close()
}

#[derive(Serialize)]
struct Models<'a> {
    run: &'a cvm_core::report::Run,
    models: &'a [cvm_core::report::ModelParameters],
}

/// The forecasts of some customers: their bounds are most of the work of the whole job.
fn forecasts(scores: &Scores<'_>, rows: std::ops::Range<usize>) -> Vec<Option<CustomerForecast>> {
    use rayon::prelude::*;
    rows.into_par_iter().with_min_len(1024).map(|row| scores.forecast(row)).collect()
}

/// One batch of customers, column by column, each found by its name in the catalogue.
fn customers(
    base: &Base,
    scores: &Scores<'_>,
    rows: std::ops::Range<usize>,
    words: &Words,
    schema: &SchemaRef,
) -> Result<RecordBatch, LakeError> {
    let forecasts = forecasts(scores, rows.clone());
    let predicted = |of: fn(&CustomerForecast) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter(forecasts.iter().map(|forecast| forecast.as_ref().map(of))))
    };
    let bound = |of: fn(&CustomerForecast) -> f64| -> ArrayRef {
        if scores.has_bounds() { predicted(of) } else { new_null_array(&DataType::Float64, rows.len()) }
    };
    let bought = |i: usize| base.purchases[i] > 0;
    let days = |of: &dyn Fn(usize) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter(rows.clone().map(|i| bought(i).then(|| of(i)))))
    };
    let dates =
        |of: &[i32]| -> ArrayRef { Arc::new(Date32Array::from_iter(rows.clone().map(|i| bought(i).then(|| of[i])))) };
    let amounts = |of: &[i64]| -> Result<ArrayRef, LakeError> {
        let values = Decimal128Array::from_iter_values(rows.clone().map(|i| i128::from(of[i])));
        Ok(Arc::new(values.with_precision_and_scale(18, 4)?))
    };
    let numbers =
        |of: &dyn Fn(usize) -> Option<f64>| -> ArrayRef { Arc::new(Float64Array::from_iter(rows.clone().map(of))) };
    let small = |of: &[u8]| -> ArrayRef {
        Arc::new(Int32Array::from_iter(rows.clone().map(|i| (of[i] > 0).then(|| i32::from(of[i])))))
    };
    let named = |of: &dyn Fn(usize) -> &'static str| -> ArrayRef {
        Arc::new(rows.clone().map(|i| Some(of(i))).collect::<DictionaryArray<Int32Type>>())
    };
    let column = |name: &str| -> Result<ArrayRef, LakeError> {
        Ok(match name {
            "customer_id" => cast(&base.ids.slice(rows.start, rows.len()), &DataType::Utf8)?,
            "first_purchase" => dates(&base.first_day),
            "last_purchase" => dates(&base.last_day),
            "frequency" => {
                Arc::new(Int32Array::from_iter_values(rows.clone().map(|i| base.purchases[i].saturating_sub(1) as i32)))
            }
            "recency_days" => days(&|i| base.last_day[i] - base.first_day[i]),
            "age_days" => days(&|i| scores.as_of - base.first_day[i]),
            "monetary" => numbers(&|i| base.monetary(i)),
            "revenue" => amounts(&base.revenue)?,
            "returns" => amounts(&base.returns)?,
            "profit" => numbers(&|i| scores.profit(i)),
            "r_score" => small(&scores.recency),
            "f_score" => small(&scores.frequency),
            "m_score" => small(&scores.monetary),
            "rfm_segment" => named(&|i| scores.segment(i).id()),
            "p_alive" => predicted(|forecast| forecast.p_alive),
            "expected_purchases" => predicted(|forecast| forecast.purchases),
            "expected_spend" => predicted(|forecast| forecast.spend),
            "clv" => predicted(|forecast| forecast.clv),
            "clv_low" => bound(|forecast| forecast.clv_low),
            "clv_high" => bound(|forecast| forecast.clv_high),
            "clv_simple" => numbers(&|i| Some(scores.clv_simple(i))),
            "value_tier" => named(&|i| scores.tier[i].id()),
            "cluster" => small(&scores.cluster),
            "reason" => output::sentences(rows.clone().map(|i| scores.reason(i)), |reason| words.reason(reason)),
            other => return Err(LakeError::Internal(format!("column `{other}` of the catalogue is not computed"))),
        })
    };
    let arrays = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>, _>>()?;
    let arrays = arrays.into_iter().zip(schema.fields()).map(|(array, field)| {
        if array.data_type() == field.data_type() { Ok(array) } else { cast(&array, field.data_type()) }
    });
    Ok(RecordBatch::try_new(schema.clone(), arrays.collect::<Result<Vec<_>, _>>()?)?)
}
