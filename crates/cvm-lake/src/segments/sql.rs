//! Conditions that an analyst writes in SQL, over one row a customer.

use super::json::member;
use super::values;
use crate::LakeError;
use cvm_core::columns;
use cvm_core::lake::LakeFailure;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Expr, ExprSchemable, Volatility, create_udf};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;
use serde_json::Value;
use std::sync::Arc;

/// A condition, ready for rows.
#[derive(Debug)]
pub(crate) struct Condition {
    expression: Arc<dyn PhysicalExpr>,
    /// The columns that it asks for.
    pub columns: Vec<String>,
}

/// The row that a condition is asked about.
pub(super) fn schema() -> Result<SchemaRef, LakeError> {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, true)];
    for column in columns::PERSON {
        let kind = if column.kind == columns::Kind::Time { time() } else { DataType::Utf8 };
        fields.push(Field::new(column.name, kind, true));
    }
    for column in columns::CUSTOMER.iter().filter(|column| column.name != "customer_id") {
        fields.push(Field::new(column.name, values::kind(column.name)?, true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Reads a condition.
pub(crate) fn condition(sql: &str) -> Result<Condition, LakeFailure> {
    let refused = |error: DataFusionError| LakeFailure::Statement(error.find_root().to_string());
    let context = SessionContext::new();
    context.register_udf(attribute());
    let schema = DFSchema::try_from(schema()?.as_ref().clone()).map_err(refused)?;
    let expression = context.parse_sql_expr(sql, &schema).map_err(refused)?;
    let mut of_one_row = true;
    let looked = expression.apply(|part| {
        let is_of_more = matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
        );
        of_one_row &= !is_of_more;
        Ok(TreeNodeRecursion::Continue)
    });
    looked.map_err(refused)?;
    if !of_one_row {
        let message = "a condition is about one row; subqueries, aggregates and windows have no place in it";
        return Err(LakeFailure::Statement(message.to_owned()));
    }
    let kind = expression.get_type(&schema).map_err(refused)?;
    if kind != DataType::Boolean {
        let message = format!("the condition is a {kind}; expected one that is true or false, as in clv > 100");
        return Err(LakeFailure::Statement(message));
    }
    let columns = expression.column_refs().into_iter().map(|column| column.name.clone()).collect();
    let expression = context.create_physical_expr(expression, &schema).map_err(refused)?;
    Ok(Condition { expression, columns })
}

impl Condition {
    /// For which rows it holds; where it is null it does not.
    pub(super) fn holds(&self, rows: &RecordBatch) -> Result<BooleanBuffer, LakeError> {
        let answer = self.expression.evaluate(rows)?.into_array(rows.num_rows())?;
        let answer = answer.as_boolean();
        let holds = answer.values();
        Ok(answer.nulls().map_or_else(|| holds.clone(), |known| holds & known.inner()))
    }
}

/// `attribute(attributes, 'city')`: an attribute as text, null where it is not known.
pub(crate) fn attribute() -> datafusion::logical_expr::ScalarUDF {
    let read = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let texts = |place: usize| cast(&arrays[place], &DataType::Utf8);
        let (objects, names) = (texts(0)?, texts(1)?);
        let (objects, names) = (objects.as_string::<i32>(), names.as_string::<i32>());
        let one = |(object, name): (Option<&str>, Option<&str>)| match member(object?, name?)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let found: StringArray = objects.iter().zip(names.iter()).map(one).collect();
        Ok(ColumnarValue::Array(Arc::new(found) as ArrayRef))
    };
    create_udf("attribute", vec![DataType::Utf8, DataType::Utf8], DataType::Utf8, Volatility::Immutable, Arc::new(read))
}
