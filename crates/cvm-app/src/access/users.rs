//! Who works with the system.

use super::caller::Caller;
use super::permission::Role;
use super::{audit, passwords, sessions};
use crate::platform::database::Transaction;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Problem, Result, Time};
use cvm_core::language::Language;
use cvm_core::text::{Calendar, Digits};
use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};

/// A person who works with the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct User {
    /// Its id.
    pub id: String,
    /// In lower case.
    pub email: String,
    /// As they are called.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// The language of pages: en, pl, ru or fa.
    #[schema(value_type = String, example = "en")]
    pub language: Language,
    /// By which calendar pages write days for them: `usual` in the language, or `gregorian`.
    #[schema(value_type = String, example = "usual")]
    pub calendar: Calendar,
    /// With which digits: `usual` in the language, or `latin`.
    #[schema(value_type = String, example = "usual")]
    pub digits: Digits,
    /// When they were added.
    pub created_at: Time,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Time>,
}

/// A user to be added.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they sign in with.
    #[schema(format = Email)]
    pub email: String,
    /// As they are called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// The language of pages: en, pl, ru or fa.
    #[serde(default)]
    #[schema(value_type = String, example = "en")]
    pub language: Language,
    /// At least 12 characters, at most 128 bytes. Without one they can only sign in elsewhere (OpenID Connect).
    #[serde(default)]
    pub password: Option<String>,
}

/// What to change of a user; what is not given stays.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserChange {
    /// As they are called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// What they are here for.
    pub role: Option<Role>,
    /// The language of pages: en, pl, ru or fa.
    #[schema(value_type = Option<String>, example = "en")]
    pub language: Option<Language>,
    /// The calendar of pages: `usual` in the language, or `gregorian`.
    #[schema(value_type = Option<String>, example = "usual")]
    pub calendar: Option<Calendar>,
    /// The digits of pages: `usual` in the language, or `latin`.
    #[schema(value_type = Option<String>, example = "usual")]
    pub digits: Option<Digits>,
    /// Whether they cannot sign in.
    pub disabled: Option<bool>,
}

const COLUMNS: &str = "id, email, name, role, language, calendar, digits, created_at, disabled_at";

/// Adds a user. For `cvm init`, which makes the first admin, the caller is [`Caller::system`].
///
/// # Errors
/// 422 for values that cannot be, 409 for an e-mail that a user has, and what the database gives.
pub async fn create_user(app: &App, caller: &Caller, new: NewUser) -> Result<User> {
    let email = normalised_email(&new.email);
    let mut faults: Vec<Fault> = Fault::of_name("/name", &new.name).into_iter().collect();
    if email.is_none() {
        let detail = format!("`{}` is no e-mail address", new.email);
        faults.push(Fault::new("/email", detail));
    }
    let email = email.unwrap_or_default();
    if let Some(detail) = new.password.as_deref().and_then(|password| passwords::fault(password, &email, &new.name)) {
        faults.push(Fault::new("/password", detail));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let hash = match &new.password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let user = User {
        id: app.random.id(&app.clock),
        email,
        name: new.name.trim().to_owned(),
        role: new.role,
        language: new.language,
        calendar: Calendar::Usual,
        digits: Digits::Usual,
        created_at: Time(app.clock.now()),
        disabled_at: None,
    };
    let mut transaction = app.database.begin().await?;
    let insert = "INSERT INTO users (id, email, name, role, language, password_hash, created_at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING";
    let inserted = sqlx::query(insert)
        .bind(&user.id)
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.role.name())
        .bind(user.language.code())
        .bind(hash)
        .bind(user.created_at.0)
        .execute(&mut *transaction)
        .await?;
    if inserted.rows_affected() == 0 {
        return Err(Problem::conflict(format!("there is a user with the e-mail `{}` already", user.email)));
    }
    audit::record(&mut transaction, app, caller, "user.create", &user.id, json!({"role": user.role})).await?;
    transaction.commit().await?;
    Ok(user)
}

/// Changes a user. The last admin stays one.
///
/// # Errors
/// 422 for values that cannot be, 404, 409 where no admin would be left, and what the database gives.
pub async fn change(app: &App, caller: &Caller, id: &str, change: UserChange) -> Result<User> {
    if let Some(fault) = change.name.as_deref().and_then(|name| Fault::of_name("/name", name)) {
        return Err(Problem::invalid(vec![fault]));
    }
    let mut transaction = app.database.begin().await?;
    // Locks the admins, so that of two who disable each other at the same time the second waits and then sees it.
    sqlx::query("UPDATE users SET role = role WHERE role = 'admin'").execute(&mut *transaction).await?;
    let mut user = get(&mut *transaction, id).await?;
    let was_admin = user.role == Role::Admin && user.disabled_at.is_none();
    let mut details = serde_json::Map::new();
    if let Some(name) = change.name {
        user.name = name.trim().to_owned();
        details.insert("name_changed".to_owned(), json!(true));
    }
    if let Some(language) = change.language {
        user.language = language;
        details.insert("language".to_owned(), json!(language));
    }
    if let Some(calendar) = change.calendar {
        user.calendar = calendar;
        details.insert("calendar".to_owned(), json!(calendar));
    }
    if let Some(digits) = change.digits {
        user.digits = digits;
        details.insert("digits".to_owned(), json!(digits));
    }
    if let Some(role) = change.role.filter(|&role| role != user.role) {
        details.insert("role".to_owned(), json!({"from": user.role, "to": role}));
        user.role = role;
    }
    if let Some(disabled) = change.disabled.filter(|&disabled| disabled != user.disabled_at.is_some()) {
        details.insert("disabled".to_owned(), json!(disabled));
        user.disabled_at = disabled.then(|| Time(app.clock.now()));
        sessions::end_others(&mut transaction, id, "").await?;
    }
    let update = "UPDATE users SET name = $1, role = $2, language = $3, disabled_at = $4, calendar = $6, digits = $7 \
                  WHERE id = $5";
    sqlx::query(update)
        .bind(&user.name)
        .bind(user.role.name())
        .bind(user.language.code())
        .bind(user.disabled_at.map(|time| time.0))
        .bind(id)
        .bind(if user.calendar == Calendar::Gregorian { "gregorian" } else { "" })
        .bind(if user.digits == Digits::Latin { "latin" } else { "" })
        .execute(&mut *transaction)
        .await?;
    let admins = "SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL";
    let admins: i64 = sqlx::query(admins).fetch_one(&mut *transaction).await?.try_get(0)?;
    if was_admin && admins == 0 {
        return Err(Problem::conflict("no admin would be left; make another user an admin first"));
    }
    audit::record(&mut transaction, app, caller, "user.change", id, details.into()).await?;
    transaction.commit().await?;
    Ok(user)
}

/// Gives a user another password and ends their sessions, but for one of them, which may be none.
pub(super) async fn set_password(app: &App, caller: &Caller, id: &str, password: &str, but: &str) -> Result<()> {
    let user = get(app.database.pool(), id).await?;
    if let Some(detail) = passwords::fault(password, &user.email, &user.name) {
        return Err(Problem::invalid(vec![Fault::new("/password", detail)]));
    }
    let hash = app.passwords.hash(password).await?;
    let mut transaction = app.database.begin().await?;
    let update = sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2").bind(hash).bind(id);
    update.execute(&mut *transaction).await?;
    sessions::end_others(&mut transaction, id, but).await?;
    audit::record(&mut transaction, app, caller, "user.password", id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

/// The admin who was added first and may still sign in.
pub(super) async fn first_admin(app: &App) -> Result<String> {
    let select = "SELECT id FROM users WHERE role = $1 AND disabled_at IS NULL ORDER BY created_at, id LIMIT 1";
    let row = sqlx::query(select).bind(Role::Admin.name()).fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::conflict("there is no admin who may sign in; add one first"))?;
    Ok(row.try_get(0)?)
}

/// All users, by e-mail: for the command line.
///
/// # Errors
/// What the database gives.
pub async fn all_users(app: &App) -> Result<Vec<User>> {
    let select = format!("SELECT {COLUMNS} FROM users ORDER BY email");
    sqlx::query(sqlx::AssertSqlSafe(select)).fetch_all(app.database.pool()).await?.iter().map(user).collect()
}

/// Gives who has this e-mail another password and ends all their sessions: for the command line, where the way in is lost.
///
/// # Errors
/// 404 where nobody has it, 422 for a password that cannot be, and what the database gives.
pub async fn reset_password(app: &App, caller: &Caller, email: &str, password: &str) -> Result<()> {
    let select = sqlx::query("SELECT id FROM users WHERE email = $1").bind(normalised_email(email).unwrap_or_default());
    let row = select.fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::not_found(format!("no user has the e-mail `{email}`")))?;
    set_password(app, caller, row.try_get(0)?, password, "").await
}

/// The user of this id.
pub(super) async fn get<'a>(database: impl Executor<'a, Database = Any>, id: &str) -> Result<User> {
    let select = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(id).fetch_optional(database).await?;
    user(&row.ok_or_else(|| Problem::not_found("there is no user of this id"))?)
}

/// The id and the hash of the password of who signs in with this e-mail, if they may.
pub(super) async fn for_login(app: &App, email: &str) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let select = "SELECT id, password_hash FROM users WHERE email = $1 AND disabled_at IS NULL";
    let row = sqlx::query(select).bind(email).fetch_optional(app.database.pool()).await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// Whether a user may still sign in: they may have been disabled while their password was checked.
pub(super) async fn is_enabled(transaction: &mut Transaction, id: &str) -> Result<bool, sqlx::Error> {
    let select = sqlx::query("SELECT 1 FROM users WHERE id = $1 AND disabled_at IS NULL").bind(id);
    Ok(select.fetch_optional(&mut **transaction).await?.is_some())
}

/// A page of users, by e-mail.
pub(super) async fn list(app: &App, paging: &Paging) -> Result<Page<User>> {
    let select = format!("SELECT {COLUMNS} FROM users WHERE email > $1 ORDER BY email LIMIT $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(select))
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(paging.rows()?)
        .fetch_all(app.database.pool())
        .await?;
    let users = rows.iter().map(user).collect::<Result<_>>()?;
    Ok(paging.page(users, |user| user.email.clone()))
}

fn user(row: &AnyRow) -> Result<User> {
    let role: String = row.try_get("role")?;
    let language: String = row.try_get("language")?;
    let (calendar, digits): (String, String) = (row.try_get("calendar")?, row.try_get("digits")?);
    Ok(User {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: Role::from_name(&role).ok_or_else(|| Problem::internal(&format!("there is no role `{role}`")))?,
        language: language.parse().map_err(|error: String| Problem::internal(&error))?,
        calendar: if calendar == "gregorian" { Calendar::Gregorian } else { Calendar::Usual },
        digits: if digits == "latin" { Digits::Latin } else { Digits::Usual },
        created_at: Time(row.try_get("created_at")?),
        disabled_at: row.try_get::<Option<i64>, _>("disabled_at")?.map(Time),
    })
}

/// An e-mail as it is kept: lower case. By the letter of RFC 5321 the part before the @ may tell cases apart; no
/// provider does, and two users who differ in it alone would be a trap.
pub(super) fn normalised_email(text: &str) -> Option<String> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    let email = text.trim().to_lowercase();
    EmailAddress::parse_with_options(&email, options).ok().map(|_| email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_kept_in_one_form() {
        assert_eq!(normalised_email(" Anna@Shop.Example\n").as_deref(), Some("anna@shop.example"));
        for wrong in ["anna", "anna@", "@shop.example", "Anna <anna@shop.example>", "anna@localhost", ""] {
            assert_eq!(normalised_email(wrong), None, "{wrong}");
        }
    }
}
