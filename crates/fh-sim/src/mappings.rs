use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::{
    MappingAnswer, MappingCreated, Operation, SecondMapping,
    authority::CURRENCIES,
    call::Call,
    problem::{field, problem},
    world::{CurrencyMapping, TaxMapping, World},
};

/// Lists, reads, adds, changes and deletes mappings; lists the supported currencies.
pub(crate) fn answer(call: &Call<'_>) -> Response {
    match call.operation {
        Operation::SupportedCurrencies => call.json(Value::from(CURRENCIES.to_vec())),
        Operation::TaxMappings
        | Operation::AddTaxMapping
        | Operation::TaxMapping
        | Operation::UpdateTaxMapping
        | Operation::DeleteTaxMapping => Table {
            all: |world| &mut world.tax_mappings,
            make: tax_mapping,
        }
        .answer(call),
        _ => Table {
            all: |world| &mut world.currency_mappings,
            make: currency_mapping,
        }
        .answer(call),
    }
}

trait Mapping: Serialize {
    /// The name of what it maps from, and its value, which is mapped once.
    fn source(&self) -> (&'static str, &str);
    fn id(&self) -> i64;
}

impl Mapping for TaxMapping {
    fn source(&self) -> (&'static str, &str) {
        ("TaxCode", &self.tax_code)
    }

    fn id(&self) -> i64 {
        self.id
    }
}

impl Mapping for CurrencyMapping {
    fn source(&self) -> (&'static str, &str) {
        ("SourceCurrency", &self.source_currency)
    }

    fn id(&self) -> i64 {
        self.id
    }
}

fn text(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn tax_mapping(id: i64, user_id: i64, body: &Value) -> TaxMapping {
    let tax = body.get("DestinationTaxId").cloned().unwrap_or_default();
    let tax = tax.as_i64().or_else(|| tax.as_str()?.parse().ok()).unwrap_or_default();
    TaxMapping {
        id,
        user_id,
        tax_code: text(body, "TaxCode"),
        tax_name: body.get("TaxName").and_then(Value::as_str).map(str::to_owned),
        destination_tax_id: tax,
        zimra_tax_id: tax,
    }
}

fn currency_mapping(id: i64, user_id: i64, body: &Value) -> CurrencyMapping {
    CurrencyMapping {
        id,
        user_id,
        source_currency: text(body, "SourceCurrency"),
        destination_currency: text(body, "DestinationCurrency"),
    }
}

/// One kind of mapping: where it is kept and how it is made from a body.
struct Table<M> {
    all: fn(&mut World) -> &mut Vec<M>,
    make: fn(i64, i64, &Value) -> M,
}

impl<M: Mapping> Table<M> {
    fn answer(&self, call: &Call<'_>) -> Response {
        let id = call.param("id").parse::<i64>().ok();
        let not_found = || problem(StatusCode::NOT_FOUND, "There is no such mapping.");
        let method = call.operation.method();
        let options = &call.setup.options;
        let created = |mut response: Response| {
            if options.mapping_created == MappingCreated::Created {
                *response.status_mut() = StatusCode::CREATED;
            }
            response
        };
        call.engine.write(|world| {
            let user = world.account.id;
            let next = world.next_mapping;
            let all = (self.all)(world);
            let place = all.iter().position(|mapping| Some(mapping.id()) == id);
            let json = |mapping: &M| call.json(serde_json::to_value(mapping).unwrap_or_default());
            let done = |mapping: &M| match options.mapping_answer {
                MappingAnswer::Boolean => call.json(true.into()),
                MappingAnswer::Object => json(mapping),
                MappingAnswer::NoContent => StatusCode::NO_CONTENT.into_response(),
            };
            if method == Method::POST {
                let mapping = (self.make)(next, user, &call.body);
                let place = same_source(all, &mapping, None);
                match (place, options.second_mapping) {
                    (None, _) => {
                        let response = created(json(&mapping));
                        all.push(mapping);
                        world.next_mapping += 1;
                        response
                    }
                    (Some(_), SecondMapping::Refused) => already_mapped(&mapping),
                    (Some(place), SecondMapping::Ignored) => created(json(&all[place])),
                    (Some(place), SecondMapping::Replaces) => {
                        all[place] = (self.make)(all[place].id(), user, &call.body);
                        created(json(&all[place]))
                    }
                }
            } else if method == Method::GET && call.params.is_empty() {
                call.json(
                    all.iter()
                        .map(|mapping| serde_json::to_value(mapping).unwrap_or_default())
                        .collect(),
                )
            } else if let Some(place) = place {
                if method == Method::PUT {
                    let mapping = (self.make)(all[place].id(), user, &call.body);
                    if same_source(all, &mapping, Some(place)).is_some() {
                        return already_mapped(&mapping);
                    }
                    all[place] = mapping;
                    done(&all[place])
                } else if method == Method::DELETE {
                    done(&all.remove(place))
                } else {
                    json(&all[place])
                }
            } else {
                not_found()
            }
        })
    }
}

/// Another mapping with the same source.
fn same_source<M: Mapping>(all: &[M], wanted: &M, except: Option<usize>) -> Option<usize> {
    let (_, source) = wanted.source();
    let mut others = all.iter().enumerate().filter(|(place, _)| Some(*place) != except);
    others
        .find(|(_, mapping)| mapping.source().1 == source)
        .map(|(place, _)| place)
}

fn already_mapped<M: Mapping>(wanted: &M) -> Response {
    let (name, source) = wanted.source();
    field(name, format!("{source} is already mapped."))
}
