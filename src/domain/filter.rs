//! The filter language of the list operations: `name eq "Bob" and (status eq "active" or status eq
//! "disabled")`.
//!
//! The service documents a subset of RFC 7644, section 3.4.2.2: the operators `eq` and `co`, `and`, `or` and
//! parentheses, in any letter case, and comparisons that ignore letter case. Its examples quote values with
//! `"` and with `'`. Which attribute takes which operator differs by resource, so that a caller brings a
//! [`Vocabulary`].
//!
//! ```text
//! filter    = all *( "or" all )
//! all       = part *( "and" part )
//! part      = condition / "(" filter ")"
//! condition = attribute "eq" ( quoted / "true" / "false" ) / attribute "co" quoted
//! ```
//!
//! Our choices, where the documentation is silent: inside quotes a backslash may stand before a quote, an
//! apostrophe, a slash or a backslash, and before nothing else; blanks are free wherever words stay apart;
//! the limits are [`MAX_LENGTH`], [`MAX_DEPTH`] and [`MAX_CONDITIONS`]; the rest of RFC 7644 (`not`, `pr`,
//! `ne`, …) is refused.

use std::borrow::Cow;
use std::fmt;

/// The longest filter, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// How deep parentheses may be nested. It also bounds every recursion over a filter.
pub const MAX_DEPTH: usize = 32;
/// How many conditions one filter may have.
pub const MAX_CONDITIONS: usize = 100;

/// How an attribute is compared with a value. Both ignore letter case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `eq`: the whole value is equal.
    Equals,
    /// `co`: the value contains the text.
    Contains,
}

impl Operator {
    fn word(self) -> &'static str {
        match self {
            Self::Equals => "eq",
            Self::Contains => "co",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Equals, Self::Contains]
            .into_iter()
            .find(|operator| operator.word().eq_ignore_ascii_case(word))
    }
}

/// An attribute that a filter may name.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name as the resource spells it, such as `assignedRoles.name`. A filter may use any letter case.
    pub name: &'static str,
    /// The operators that this attribute takes.
    pub operators: &'static [Operator],
}

impl Attribute {
    /// An attribute that takes `eq` only.
    #[must_use]
    pub const fn exact(name: &'static str) -> Self {
        Self {
            name,
            operators: &[Operator::Equals],
        }
    }

    /// An attribute that takes `eq` and `co`.
    #[must_use]
    pub const fn searchable(name: &'static str) -> Self {
        Self {
            name,
            operators: &[Operator::Equals, Operator::Contains],
        }
    }
}

/// What the filters of one resource may say.
#[derive(Debug)]
pub struct Vocabulary {
    /// The attributes, in the order in which an error lists them.
    pub attributes: &'static [Attribute],
    /// An attribute whose conditions must stand in one group that applies to the whole filter. The service
    /// documents this rule for the `status` of users: "Any filters for status must be grouped together and
    /// applied to the whole query."
    pub grouped: Option<&'static str>,
}

/// A filter that was read and found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    expression: Expression,
}

/// Why a filter was refused: a sentence that says what would be right, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {position})")]
pub struct FilterError {
    /// The character at which the filter went wrong, counted from 1. One more than the length means its end.
    pub position: usize,
    /// The sentence, without the position.
    pub message: String,
}

/// `All` and `Any` have two members or more, and no member of their own kind: so one meaning has one form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Condition(Condition),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// Tells whether any value of an attribute passes a test; see [`Filter::matches`].
type AnyValue<'a> = dyn Fn(&str, &dyn Fn(&str) -> bool) -> bool + 'a;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    attribute: &'static str,
    operator: Operator,
    value: String,
}

impl Filter {
    /// The filter that passes whatever has `text` in one of the attributes. Nothing in `text` is read as a part of
    /// the filter language, so that a search field can hand in what was typed.
    #[must_use]
    pub fn any_contains(attributes: &[&'static str], text: &str) -> Self {
        let condition = |attribute: &&'static str| {
            Expression::Condition(Condition {
                attribute,
                operator: Operator::Contains,
                value: text.to_owned(),
            })
        };
        Self {
            expression: Expression::joined(attributes.iter().map(condition).collect(), Join::Or),
        }
    }

    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// When the text does not follow the grammar of this module, exceeds one of its limits, names an
    /// attribute or an operator that `vocabulary` does not have, or breaks the rule about the grouped
    /// attribute.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, FilterError> {
        if text.len() > MAX_LENGTH {
            let message = format!("the filter is too complex: it may have at most {MAX_LENGTH} bytes");
            return Err(FilterError { position: 1, message });
        }
        let tokens = tokens(text)?;
        let end = text.chars().count() + 1;
        let mut parser = Parser {
            tokens: &tokens,
            next: 0,
            end,
            vocabulary,
            conditions: 0,
            depth: 0,
        };
        let expression = parser.any()?;
        if parser.peek().is_some() {
            return Err(parser.expected("and, or, or the end of the filter"));
        }
        let filter = Self { expression };
        filter.check_group(vocabulary, &tokens)?;
        Ok(filter)
    }

    /// Whether a resource passes the filter.
    ///
    /// `any_value` is asked for an attribute, in the spelling of the vocabulary, and must say whether any
    /// value that the resource has for it passes the given test; an attribute without values passes no test:
    ///
    /// ```
    /// use mock_qlik_cloud::domain::filter::{Attribute, Filter, Vocabulary};
    ///
    /// static BADGES: Vocabulary = Vocabulary {
    ///     attributes: &[Attribute::searchable("name"), Attribute::exact("colours")],
    ///     grouped: None,
    /// };
    /// let filter = Filter::parse("name co 'day' and colours eq 'red'", &BADGES)?;
    /// assert!(filter.matches(|attribute, test| match attribute {
    ///     "name" => test("Open day"),
    ///     "colours" => ["Blue", "Red"].iter().any(|colour| test(colour)),
    ///     _ => false,
    /// }));
    /// # Ok::<(), mock_qlik_cloud::domain::filter::FilterError>(())
    /// ```
    pub fn matches(&self, any_value: impl Fn(&str, &dyn Fn(&str) -> bool) -> bool) -> bool {
        self.expression.matches(&any_value)
    }

    /// Whether any condition is about `attribute`, in any letter case.
    #[must_use]
    pub fn mentions(&self, attribute: &str) -> bool {
        self.expression
            .conditions()
            .iter()
            .any(|condition| condition.attribute.eq_ignore_ascii_case(attribute))
    }

    /// The value that whatever passes has for `attribute`, letter case aside, if the filter insists on one: so that it
    /// can be looked up.
    #[must_use]
    pub fn requires(&self, attribute: &str) -> Option<&str> {
        let conditions = match &self.expression {
            Expression::All(members) => members.as_slice(),
            other => std::slice::from_ref(other),
        };
        conditions.iter().find_map(|expression| match expression {
            Expression::Condition(condition)
                if condition.attribute == attribute && condition.operator == Operator::Equals =>
            {
                Some(condition.value.as_str())
            }
            _ => None,
        })
    }

    fn check_group(&self, vocabulary: &Vocabulary, tokens: &[Token<'_>]) -> Result<(), FilterError> {
        let Some(grouped) = vocabulary.grouped else {
            return Ok(());
        };
        if self.expression.is_grouped(grouped) {
            return Ok(());
        }
        let names_it =
            |token: &&Token<'_>| matches!(token.kind, Kind::Word(word) if word.eq_ignore_ascii_case(grouped));
        Err(FilterError {
            position: tokens.iter().find(names_it).map_or(1, |token| token.position),
            message: format!(
                "conditions on {grouped} must stand together in one group that applies to the whole filter, \
                 such as (…) and ({grouped} eq \"…\" or {grouped} eq \"…\")"
            ),
        })
    }
}

/// The canonical form: double quotes, the spelling of the vocabulary, and only the parentheses that are
/// needed. It parses back to an equal filter (unless escapes push it over [`MAX_LENGTH`]).
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(formatter)
    }
}

impl Expression {
    /// Joins `members` into the form that [`Expression`] promises.
    fn joined(mut members: Vec<Self>, join: Join) -> Self {
        if members.len() == 1
            && let Some(only) = members.pop()
        {
            return only;
        }
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match (member, join) {
                (Self::All(inner), Join::And) | (Self::Any(inner), Join::Or) => flat.extend(inner),
                (other, _) => flat.push(other),
            }
        }
        match join {
            Join::And => Self::All(flat),
            Join::Or => Self::Any(flat),
        }
    }

    fn matches(&self, any_value: &AnyValue<'_>) -> bool {
        match self {
            Self::Condition(condition) => any_value(condition.attribute, &|found| condition.accepts(found)),
            Self::All(members) => members.iter().all(|member| member.matches(any_value)),
            Self::Any(members) => members.iter().any(|member| member.matches(any_value)),
        }
    }

    /// Every condition, in the order in which they stand in the text.
    fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::Condition(condition) => vec![condition],
            Self::All(members) | Self::Any(members) => members.iter().flat_map(Self::conditions).collect(),
        }
    }

    /// Whether the conditions on `attribute` stand side by side, at the top level, and joined to the rest by
    /// `and`.
    fn is_grouped(&self, attribute: &str) -> bool {
        let about_it = |condition: &&Condition| condition.attribute == attribute;
        let only = |expression: &&Self| expression.conditions().iter().all(about_it);
        let free = |expression: &&Self| !expression.conditions().iter().any(about_it);
        match self {
            whole if only(&whole) || free(&whole) => true,
            // What comes before the group, then the group: nothing behind it may be about the attribute.
            Self::All(members) => members
                .iter()
                .skip_while(free)
                .skip_while(only)
                .all(|member| free(&member)),
            _ => false,
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, join) = match self {
            Self::Condition(condition) => return condition.fmt(formatter),
            Self::All(members) => (members, " and "),
            Self::Any(members) => (members, " or "),
        };
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                formatter.write_str(join)?;
            }
            match member {
                Self::Any(_) => write!(formatter, "({member})")?,
                Self::Condition(_) | Self::All(_) => member.fmt(formatter)?,
            }
        }
        Ok(())
    }
}

impl Condition {
    fn accepts(&self, found: &str) -> bool {
        match self.operator {
            Operator::Equals if found.is_ascii() && self.value.is_ascii() => {
                found.eq_ignore_ascii_case(&self.value)
            }
            Operator::Equals => folded(found) == folded(&self.value),
            Operator::Contains => folded(found).contains(&*folded(&self.value)),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', r"\\").replace('"', "\\\"");
        write!(
            formatter,
            "{} {} \"{value}\"",
            self.attribute,
            self.operator.word()
        )
    }
}

/// A text without its letter case. Upper case first, so that letters with two lower-case forms (`σ` and `ς`)
/// and letters that have no single upper-case one (`ß`) meet.
fn folded(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .collect(),
    )
}

#[derive(Clone, Copy)]
enum Join {
    And,
    Or,
}

impl Join {
    fn word(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

struct Token<'a> {
    /// The character at which it begins, counted from 1.
    position: usize,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Open,
    Close,
    /// Attributes, operators, `and`, `or`, `true`, `false`, and whatever else stands outside quotes.
    Word(&'a str),
    Quoted(String),
}

impl fmt::Display for Token<'_> {
    /// What an error shows of the token: never more than the head of a word, never the text between quotes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Open => formatter.write_str("\"(\""),
            Kind::Close => formatter.write_str("\")\""),
            Kind::Word(word) => write!(formatter, "{:?}", word.chars().take(40).collect::<String>()),
            Kind::Quoted(_) => formatter.write_str("a quoted text"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().zip(1..).peekable();
    while let Some(((start, character), position)) = characters.next() {
        let kind = match character {
            blank if blank.is_whitespace() => continue,
            '(' => Kind::Open,
            ')' => Kind::Close,
            '"' | '\'' => {
                let inside = characters
                    .by_ref()
                    .map(|((_, character), position)| (character, position));
                Kind::Quoted(quoted(inside, character, position)?)
            }
            _ => {
                let mut end = start + character.len_utf8();
                while let Some(((at, more), _)) = characters.next_if(|((_, next), _)| belongs_to_word(*next))
                {
                    end = at + more.len_utf8();
                }
                Kind::Word(&text[start..end])
            }
        };
        tokens.push(Token { position, kind });
    }
    Ok(tokens)
}

fn belongs_to_word(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '(' | ')' | '"' | '\'')
}

/// The text up to the closing quote, its escapes resolved. `start` is where the opening quote stands.
fn quoted(
    mut inside: impl Iterator<Item = (char, usize)>,
    quote: char,
    start: usize,
) -> Result<String, FilterError> {
    let mut value = String::new();
    while let Some((character, position)) = inside.next() {
        match character {
            end if end == quote => return Ok(value),
            '\\' => match inside.next() {
                Some((escaped @ ('"' | '\'' | '\\' | '/'), _)) => value.push(escaped),
                _ => {
                    let message = "a backslash may stand only before a quote or another backslash; \
                                   write \\\\ for one backslash";
                    return Err(FilterError {
                        position,
                        message: message.to_owned(),
                    });
                }
            },
            other => value.push(other),
        }
    }
    Err(FilterError {
        position: start,
        message: format!("the quote {quote} is not closed"),
    })
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    next: usize,
    /// The position that an error names when the filter ends too early.
    end: usize,
    vocabulary: &'a Vocabulary,
    conditions: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Expression, FilterError> {
        let mut members = vec![self.all()?];
        while self.take_join(Join::Or) {
            members.push(self.all()?);
        }
        Ok(Expression::joined(members, Join::Or))
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut members = vec![self.part()?];
        while self.take_join(Join::And) {
            members.push(self.part()?);
        }
        Ok(Expression::joined(members, Join::And))
    }

    fn part(&mut self) -> Result<Expression, FilterError> {
        let Some(Kind::Open) = self.peek() else {
            return self.condition().map(Expression::Condition);
        };
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!(
                "the filter is too complex: parentheses may be nested at most {MAX_DEPTH} deep"
            )));
        }
        self.next += 1;
        self.depth += 1;
        let inner = self.any()?;
        let Some(Kind::Close) = self.peek() else {
            return Err(self.expected("and, or, or a closing parenthesis"));
        };
        self.next += 1;
        self.depth -= 1;
        Ok(inner)
    }

    fn condition(&mut self) -> Result<Condition, FilterError> {
        if self.conditions == MAX_CONDITIONS {
            return Err(self.error(format!(
                "the filter is too complex: it may have at most {MAX_CONDITIONS} conditions"
            )));
        }
        self.conditions += 1;
        let attribute = self.attribute()?;
        let operator = self.operator(attribute)?;
        let value = self.value(operator)?;
        Ok(Condition {
            attribute: attribute.name,
            operator,
            value,
        })
    }

    fn attribute(&mut self) -> Result<&'static Attribute, FilterError> {
        let Some(Kind::Word(word)) = self.peek() else {
            return Err(self.expected("a condition such as name eq \"Bob\""));
        };
        let known = |attribute: &&Attribute| attribute.name.eq_ignore_ascii_case(word);
        let attributes = self.vocabulary.attributes;
        let Some(attribute) = attributes.iter().find(known) else {
            return Err(self.unknown_attribute(word));
        };
        self.next += 1;
        Ok(attribute)
    }

    fn unknown_attribute(&self, word: &str) -> FilterError {
        if word.eq_ignore_ascii_case("not") {
            return self
                .error("\"not\" is not supported; join conditions with and, or and parentheses".to_owned());
        }
        let names: Vec<_> = self
            .vocabulary
            .attributes
            .iter()
            .map(|attribute| attribute.name)
            .collect();
        self.expected(&format!("one of the attributes {}", names.join(", ")))
    }

    fn operator(&mut self, attribute: &Attribute) -> Result<Operator, FilterError> {
        let operator = match self.peek() {
            Some(Kind::Word(word)) => Operator::from_word(word),
            _ => None,
        };
        let Some(operator) = operator.filter(|operator| attribute.operators.contains(operator)) else {
            let words: Vec<_> = attribute
                .operators
                .iter()
                .map(|operator| operator.word())
                .collect();
            return Err(self.expected(&format!("{} after {}", words.join(" or "), attribute.name)));
        };
        self.next += 1;
        Ok(operator)
    }

    fn value(&mut self, operator: Operator) -> Result<String, FilterError> {
        let value = match (self.peek(), operator) {
            (Some(Kind::Quoted(value)), _) => value.clone(),
            (Some(Kind::Word(word)), Operator::Equals) if is_boolean(word) => word.to_ascii_lowercase(),
            (_, Operator::Equals) => return Err(self.expected("a value in quotes, true or false")),
            (_, Operator::Contains) => return Err(self.expected("a text in quotes")),
        };
        self.next += 1;
        Ok(value)
    }

    fn take_join(&mut self, join: Join) -> bool {
        let taken = matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case(join.word()));
        self.next += usize::from(taken);
        taken
    }

    fn peek(&self) -> Option<&'a Kind<'a>> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn expected(&self, what: &str) -> FilterError {
        self.error(match self.tokens.get(self.next) {
            Some(token) => format!("expected {what}, found {token}"),
            None => format!("expected {what}, found the end of the filter"),
        })
    }

    /// An error about the next token.
    fn error(&self, message: String) -> FilterError {
        let position = self
            .tokens
            .get(self.next)
            .map_or(self.end, |token| token.position);
        FilterError { position, message }
    }
}

fn is_boolean(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    static USERS: Vocabulary = Vocabulary {
        attributes: &[
            Attribute::exact("status"),
            Attribute::searchable("name"),
            Attribute::exact("assignedRoles.name"),
        ],
        grouped: Some("status"),
    };

    fn canonical(text: &str) -> String {
        Filter::parse(text, &USERS).unwrap().to_string()
    }

    fn error(text: &str) -> String {
        Filter::parse(text, &USERS).unwrap_err().to_string()
    }

    fn matches(text: &str, name: &str, status: &str, roles: &[&str]) -> bool {
        Filter::parse(text, &USERS)
            .unwrap()
            .matches(|attribute, test| match attribute {
                "name" => test(name),
                "status" => test(status),
                "assignedRoles.name" => roles.iter().any(|role| test(role)),
                _ => false,
            })
    }

    #[test]
    fn the_canonical_form_keeps_the_meaning() {
        for (text, expected) in [
            ("name eq 'user1234'", "name eq \"user1234\""),
            ("NAME EQ\"a\"", "name eq \"a\""),
            ("((name co 'x'))", "name co \"x\""),
            (
                "name eq 'a' or name eq 'b' AND name eq 'c'",
                "name eq \"a\" or name eq \"b\" and name eq \"c\"",
            ),
            (
                "(name eq 'a' or name eq 'b')and name eq 'c'",
                "(name eq \"a\" or name eq \"b\") and name eq \"c\"",
            ),
            (
                "name eq 'a' and (name eq 'b' and name eq 'c')",
                "name eq \"a\" and name eq \"b\" and name eq \"c\"",
            ),
            (r#"name eq 'it\'s \\ "x" \/'"#, r#"name eq "it's \\ \"x\" /""#),
            (
                "name eq 'a' or (name eq 'b' or name eq 'c')",
                "name eq \"a\" or name eq \"b\" or name eq \"c\"",
            ),
            ("name eq True", "name eq \"true\""),
            (
                "assignedroles.NAME eq \"TenantAdmin\"",
                "assignedRoles.name eq \"TenantAdmin\"",
            ),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_right_and_where() {
        for (text, expected) in [
            (
                "",
                "expected a condition such as name eq \"Bob\", found the end of the filter (at character 1)",
            ),
            (
                "age eq 'x'",
                "expected one of the attributes status, name, assignedRoles.name, \
                 found \"age\" (at character 1)",
            ),
            (
                "status co 'x'",
                "expected eq after status, found \"co\" (at character 8)",
            ),
            (
                "é",
                "expected one of the attributes status, name, assignedRoles.name, \
                 found \"é\" (at character 1)",
            ),
            (
                "name ne 'é'",
                "expected eq or co after name, found \"ne\" (at character 6)",
            ),
            (
                "name",
                "expected eq or co after name, found the end of the filter (at character 5)",
            ),
            (
                "name eq Bob",
                "expected a value in quotes, true or false, found \"Bob\" (at character 9)",
            ),
            (
                "name co true",
                "expected a text in quotes, found \"true\" (at character 9)",
            ),
            (
                "name eq 'é' 'b'",
                "expected and, or, or the end of the filter, found a quoted text (at character 13)",
            ),
            (
                "name eq 'a' )",
                "expected and, or, or the end of the filter, found \")\" (at character 13)",
            ),
            (
                "(name eq 'a'",
                "expected and, or, or a closing parenthesis, found the end of the filter (at character 13)",
            ),
            (
                "name eq 'a' or",
                "expected a condition such as name eq \"Bob\", found the end of the filter (at character 15)",
            ),
            (
                "()",
                "expected a condition such as name eq \"Bob\", found \")\" (at character 2)",
            ),
            ("name eq 'a", "the quote ' is not closed (at character 9)"),
            (
                r"name eq 'QLIK\user'",
                "a backslash may stand only before a quote or another backslash; \
                 write \\\\ for one backslash (at character 14)",
            ),
            (
                "not (name eq 'a')",
                "\"not\" is not supported; join conditions with and, or and parentheses (at character 1)",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn status_must_stand_in_one_group_for_the_whole_filter() {
        for text in [
            "status eq 'active'",
            "status eq 'active' or status eq 'disabled'",
            "(name eq \"Bob\" or name eq \"Alice\") and (status eq \"active\" or status eq \"disabled\")",
            "status eq 'active' and name eq 'Bob'",
            "(status eq 'a' and status eq 'b') and name eq 'Bob'",
            "name eq 'a' and status eq 'active' and name eq 'b'",
            "name eq 'a' or name eq 'b'",
        ] {
            assert!(Filter::parse(text, &USERS).is_ok(), "{text}");
        }
        for (text, position) in [
            (
                "name eq \"Bob\" or name eq \"Alice\" and (status eq \"active\" or status eq \"disabled\")",
                39,
            ),
            ("name eq 'a' or status eq 'active'", 16),
            ("status eq 'a' and name eq 'b' and status eq 'c'", 1),
            ("name eq 'a' and (status eq 'a' or name eq 'b')", 18),
        ] {
            let error = Filter::parse(text, &USERS).unwrap_err();
            assert_eq!(error.position, position, "{text}");
            assert_eq!(
                error.message,
                "conditions on status must stand together in one group that applies to the whole filter, \
                 such as (…) and (status eq \"…\" or status eq \"…\")"
            );
        }
        let free = Vocabulary {
            grouped: None,
            ..USERS
        };
        assert!(Filter::parse("name eq 'a' or status eq 'active'", &free).is_ok());
    }

    #[test]
    fn limits_answer_too_complex() {
        let nested = |depth: usize| format!("{}name eq 'a'{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::parse(&nested(MAX_DEPTH), &USERS).is_ok());
        assert_eq!(
            error(&nested(MAX_DEPTH + 1)),
            "the filter is too complex: parentheses may be nested at most 32 deep (at character 33)"
        );
        assert!(error(&"(".repeat(MAX_LENGTH)).starts_with("the filter is too complex"));
        let many = |count: usize| vec!["name eq 'a'"; count].join(" or ");
        assert!(Filter::parse(&many(MAX_CONDITIONS), &USERS).is_ok());
        assert_eq!(
            error(&many(MAX_CONDITIONS + 1)),
            "the filter is too complex: it may have at most 100 conditions (at character 1501)"
        );
        assert_eq!(
            error(&" ".repeat(MAX_LENGTH + 1)),
            "the filter is too complex: it may have at most 8192 bytes (at character 1)"
        );
    }

    #[test]
    fn comparisons_ignore_letter_case_and_ask_every_value() {
        assert!(matches("name eq 'BOB'", "bob", "active", &[]));
        assert!(!matches("name eq 'BO'", "bob", "active", &[]));
        assert!(matches("name co 'O'", "bob", "active", &[]));
        assert!(matches("name co ''", "bob", "active", &[]));
        assert!(matches("name eq 'STRASSE'", "Straße", "active", &[]));
        assert!(matches("name co 'σ'", "ΟΔΟΣ", "active", &[]));
        assert!(matches(
            "assignedRoles.name eq 'developer'",
            "bob",
            "active",
            &["TenantAdmin", "Developer"]
        ));
        assert!(!matches("assignedRoles.name eq ''", "bob", "active", &[]));
        assert!(matches(
            "name eq 'x' and name eq 'y' or name eq 'bob'",
            "bob",
            "active",
            &[]
        ));
        assert!(!matches(
            "name eq 'bob' and (name eq 'y' or name eq 'x')",
            "bob",
            "active",
            &[]
        ));
    }

    #[test]
    fn mentions_tells_which_attributes_are_asked() {
        let filter = Filter::parse("(name eq 'a' or name eq 'b') and Status eq 'active'", &USERS).unwrap();
        assert!(filter.mentions("status") && filter.mentions("NAME"));
        assert!(!filter.mentions("assignedRoles.name"));
    }
}
