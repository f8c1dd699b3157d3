//! How a slim type is written down: its fields, the keys that they have in JSON, the numbers that they have in protobuf.
//! Everything else is skipped.

/// A type whose fields are read from the keys of an object.
macro_rules! keyed {
    ($($(#[$doc:meta])* $name:ident { $($key:literal => $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        #[allow(clippy::struct_field_names)] // the words are the API's
        pub(super) struct $name<'a> {
            $(pub(super) $field: $type,)*
            /// Some of these types borrow nothing; all have the lifetime, so that they can be used alike.
            _bytes: std::marker::PhantomData<&'a [u8]>,
        }

        impl<'a> Lax<'a> for $name<'a> {
            fn map<A: serde::de::MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
                let mut out = Self::default();
                while let Some(key) = map.next_key_seed(read::<std::borrow::Cow<'a, str>>())? {
                    match key.as_ref() {
                        $($key => out.$field = map.next_value_seed(read::<$type>())?,)*
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(out)
            }
        }
    )*};
}

/// A type whose fields are read from the keys of an object or from the numbered fields of a message.
///
/// Before each key stands the number of the field, or where the kinds of the API do not agree, a number for each
/// [`Layout`](super::decode::protobuf::Layout) in their order; 0 where there is no such field.
macro_rules! slim {
    ($($(#[$doc:meta])* $name:ident { $($number:tt $key:literal => $field:ident: $type:ty,)* })*) => {
        keyed! {$($(#[$doc])* $name { $($key => $field: $type,)* })*}
        $(impl<'a> Wire<'a> for $name<'a> {
            fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
                fields(value, |number, value| match number {
                    $(number if number == slim!(@ LAYOUT $number) => self.$field.merge::<LAYOUT>(value),)*
                    _ => Ok(()),
                })
            }
        })*
    };
    (@ $layout:ident [$($number:literal),*]) => { const { [$($number),*][$layout] } };
    (@ $layout:ident $number:literal) => { $number };
}

pub(super) use {keyed, slim};
