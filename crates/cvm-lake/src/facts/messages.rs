//! Messages as rows of the lake.

use super::Definition;
use crate::LakeError;
use cvm_core::columns;
use cvm_core::message::{Message, MessageKind};
use cvm_core::order::{FunnelStep, funnel_step};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The table.
pub(super) const TABLE: Definition = Definition {
    name: "messages",
    columns: &[columns::MESSAGE],
    lists: &[],
    ranges: "timestamp,received_at,batch",
    partition: None,
};

/// One row a message; each comes with the batch of the inbox that it is from.
pub(super) fn rows(messages: &[&(i64, Message)]) -> Result<RecordBatch, LakeError> {
    let text = |of: &dyn Fn(&Message) -> Option<String>| -> ArrayRef {
        Arc::new(messages.iter().map(|(_, message)| of(message)).collect::<StringArray>())
    };
    let time = |of: fn(&Message) -> i64| -> ArrayRef {
        let times = TimestampMicrosecondArray::from_iter_values(messages.iter().map(|(_, message)| of(message)));
        Arc::new(times.with_timezone("UTC"))
    };
    let object = |of: fn(&Message) -> &Map<String, Value>| {
        text(&|message| {
            let object = of(message);
            (!object.is_empty()).then(|| serde_json::to_string(object).expect("JSON that was read can be written"))
        })
    };
    TABLE.rows(|column| {
        Ok(match column {
            "message_id" => text(&|message| Some(message.message_id.clone())),
            "source" => text(&|message| Some(message.source.clone())),
            "type" => text(&|message| Some(message.kind.name().to_owned())),
            "name" => text(&|message| message.name.clone()),
            "funnel_step" => text(&|message| {
                let is_track = message.kind == MessageKind::Track;
                message.name.as_deref().filter(|_| is_track).and_then(funnel_step).map(FunnelStep::name)
            }),
            "user_id" => text(&|message| message.user_id.clone()),
            "anonymous_id" => text(&|message| message.anonymous_id.clone()),
            "group_id" => text(&|message| message.group_id.clone()),
            "previous_id" => text(&|message| message.previous_id.clone()),
            "timestamp" => time(|message| message.timestamp),
            "received_at" => time(|message| message.received_at),
            "traits" => object(|message| &message.traits),
            "properties" => object(|message| &message.properties),
            "context" => object(|message| &message.context),
            "batch" => Arc::new(Int64Array::from_iter_values(messages.iter().map(|(batch, _)| *batch))),
            other => return Err(super::not_filled(other)),
        })
    })
}
