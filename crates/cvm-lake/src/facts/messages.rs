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
    let text = |of: fn(&Message) -> Option<&str>| -> ArrayRef {
        Arc::new(messages.iter().map(|(_, message)| of(message)).collect::<StringArray>())
    };
    let time = |of: fn(&Message) -> i64| -> ArrayRef {
        let times = TimestampMicrosecondArray::from_iter_values(messages.iter().map(|(_, message)| of(message)));
        Arc::new(times.with_timezone("UTC"))
    };
    let object = |of: fn(&Message) -> &Map<String, Value>| -> ArrayRef {
        let write = |object| serde_json::to_string(object).expect("JSON that was read can be written");
        let texts =
            messages.iter().map(|(_, message)| Some(of(message)).filter(|object| !object.is_empty()).map(write));
        Arc::new(texts.collect::<StringArray>())
    };
    TABLE.rows(|column| {
        Ok(match column {
            "message_id" => text(|message| Some(&message.message_id)),
            "source" => text(|message| Some(&message.source)),
            "type" => text(|message| Some(message.kind.name())),
            "name" => text(|message| message.name.as_deref()),
            "funnel_step" => {
                let step = |(_, message): &&(i64, Message)| {
                    let is_track = message.kind == MessageKind::Track;
                    message.name.as_deref().filter(|_| is_track).and_then(funnel_step).map(FunnelStep::name)
                };
                Arc::new(messages.iter().map(step).collect::<StringArray>())
            }
            "user_id" => text(|message| message.user_id.as_deref()),
            "anonymous_id" => text(|message| message.anonymous_id.as_deref()),
            "group_id" => text(|message| message.group_id.as_deref()),
            "previous_id" => text(|message| message.previous_id.as_deref()),
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
