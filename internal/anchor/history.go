package anchor

import (
	"iter"
	"reflect"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Past turns a history into what a program reported: convert makes it of a transaction,
// and says false where there is nothing to report. Errors are passed on, with what
// convert makes of the transaction that they are about.
func Past[R any](history iter.Seq2[chain.Receipt, error], convert func(chain.Receipt) (R, bool)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for r, err := range history {
			value, some := convert(r)
			if (some || err != nil) && !yield(value, err) {
				return
			}
		}
	}
}

// About selects the events that have a value in a field of that name, and those that
// have no such field.
func About[E any, T comparable](events []E, field string, value T) []E {
	var out []E
	for _, e := range events {
		if f := reflect.ValueOf(e).FieldByName(field); !f.IsValid() || f.Interface() == any(value) {
			out = append(out, e)
		}
	}
	return out
}
