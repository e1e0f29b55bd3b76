//! The model in the database and in memory, and what it recommends.

use super::training::{Description, Kind, Trained};
use crate::customers;
use crate::platform::database::{insert, json};
use crate::platform::server::App;
use crate::platform::{Result, Time};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use cvm_core::segment::{EventKind, Person};
use serde::Serialize;
use sqlx::Row;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

/// The model that this server has read. Clones are one.
#[derive(Clone, Default)]
pub struct Remembered(Arc<RwLock<Option<Arc<Model>>>>);

/// A model, ready to recommend.
pub(super) struct Model {
    pub trained_at: Time,
    pub description: Description,
    products: Vec<(String, Option<String>)>,
    places: HashMap<String, usize>,
    buyers: Vec<f32>,
    weights: Vec<Vec<f32>>,
}

/// A product that a customer may want.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Recommendation {
    /// As orders name it.
    pub product: String,
    /// Its category.
    pub category: Option<String>,
    /// Higher for what fits better; of no unit.
    pub score: f64,
    /// What the customer bought that speaks for it most; null where it is only what most buy.
    pub because: Option<String>,
}

/// The scoring run that was learned from last.
pub(super) async fn trained_after(app: &App) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT run FROM recommender WHERE id = 1").fetch_optional(app.database.pool()).await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Puts a model in the place of the one before.
pub(super) async fn save(
    app: &App,
    run: &str,
    products: &[(String, Option<String>)],
    trained: &Trained,
) -> Result<(), sqlx::Error> {
    let row = |((place, product), buyers): ((i64, _), &u32)| {
        let weights = trained.weights.get(place as usize).map_or_else(String::new, |row| written(row));
        (place, product, i64::from(*buyers), weights)
    };
    let rows: Vec<_> = (0..).zip(products).zip(&trained.buyers).map(row).collect();
    let mut transaction = app.database.begin().await?;
    sqlx::query("DELETE FROM recommender_products").execute(&mut *transaction).await?;
    let head = "INSERT INTO recommender_products (place, product, category, buyers, weights)";
    insert(&mut transaction, head, 5, "", &rows, |query, (place, (product, category), buyers, weights)| {
        query.bind(*place).bind(product.clone()).bind(category.clone()).bind(*buyers).bind(weights.clone())
    })
    .await?;
    let sql = "INSERT INTO recommender (id, run, trained_at, description) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE \
               SET run = excluded.run, trained_at = excluded.trained_at, description = excluded.description";
    let text = serde_json::to_string(&trained.description).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(sql).bind(run).bind(app.clock.now()).bind(text).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// The model, read where another was trained since.
pub(super) async fn model(app: &App) -> Result<Option<Arc<Model>>, sqlx::Error> {
    let sql = "SELECT trained_at, description FROM recommender WHERE id = 1";
    let Some(row) = sqlx::query(sql).fetch_optional(app.database.pool()).await? else { return Ok(None) };
    let trained_at = Time(row.try_get(0)?);
    let known = app.recommender.0.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known.filter(|known| known.trained_at == trained_at) {
        return Ok(Some(known));
    }
    let description: Description = json(&row, 1)?;
    let (mut products, mut buyers, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    let sql = "SELECT product, category, buyers, weights FROM recommender_products ORDER BY place";
    for row in sqlx::query(sql).fetch_all(app.database.pool()).await? {
        products.push((row.try_get(0)?, row.try_get(1)?));
        buyers.push(row.try_get::<i64, _>(2)? as f32);
        weights.push(read(row.try_get(3)?)?);
    }
    let places = products.iter().enumerate().map(|(place, (product, _)): (_, &(String, _))| (product.clone(), place));
    let places = places.collect();
    if description.kind == Kind::Popular {
        weights.clear();
    }
    let model = Arc::new(Model { trained_at, description, products, places, buyers, weights });
    *app.recommender.0.write().unwrap_or_else(PoisonError::into_inner) = Some(model.clone());
    Ok(Some(model))
}

fn written(weights: &[f32]) -> String {
    BASE64_STANDARD_NO_PAD.encode(weights.iter().copied().flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
}

fn read(text: &str) -> Result<Vec<f32>, sqlx::Error> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(bytes.chunks_exact(4).map(|four| four.try_into().map(f32::from_le_bytes).unwrap_or_default()).collect())
}

/// What a customer may want, the best first; nothing before anything was learned.
///
/// # Errors
/// 404 where there is no such customer, and what the database gives.
pub async fn for_customer(app: &App, id: &str, count: usize) -> Result<Vec<Recommendation>> {
    let survivor = customers::survivor(app, id).await?;
    let Some(model) = model(app).await? else { return Ok(Vec::new()) };
    let persons = customers::persons(app, &[&survivor]).await?;
    let person = persons.into_iter().find_map(|(_, person)| person).unwrap_or_default();
    Ok(model.recommend(&person, count))
}

impl Model {
    fn recommend(&self, person: &Person, count: usize) -> Vec<Recommendation> {
        let lines = person.events.iter().filter(|event| event.kind == EventKind::Line);
        let kept = lines.filter(|line| line.amount.is_some_and(|amount| amount > 0));
        let mut had: Vec<usize> = kept.filter_map(|line| self.places.get(line.product.as_deref()?).copied()).collect();
        had.sort_unstable();
        had.dedup();
        let most = self.buyers.iter().copied().fold(1.0, f32::max);
        let mut scores: Vec<(usize, f32, Option<usize>)> = Vec::new();
        for product in (0..self.products.len()).filter(|it| self.description.again || had.binary_search(it).is_err()) {
            let weight = |has: &usize| self.weights.get(*has).and_then(|row| row.get(product)).copied().unwrap_or(0.0);
            let score: f32 = had.iter().map(weight).sum();
            let because = had.iter().copied().max_by(|a, b| weight(a).total_cmp(&weight(b)));
            // What most buy decides where nothing else speaks: for strangers, and among equals.
            let popularity = 1e-3 * self.buyers[product] / most;
            scores.push((product, score + popularity, because.filter(|because| weight(because) > 0.0)));
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let one = |&(product, score, because): &(usize, f32, Option<usize>)| {
            let (name, category) = &self.products[product];
            let because = because.map(|because| self.products[because].0.clone());
            Recommendation { product: name.clone(), category: category.clone(), score: f64::from(score), because }
        };
        scores.iter().take(count).map(one).collect()
    }
}
