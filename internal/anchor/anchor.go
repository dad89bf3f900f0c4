// Package anchor is what clients of Anchor programs share: accounts, events and
// instructions as anchor-go generates them, completed. It knows no program.
package anchor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Layout is the generated type of an account or event.
type Layout[T any] interface {
	*T
	Unmarshal([]byte) error
}

// Decode reads the generated type T. Bytes after its last field are ignored.
func Decode[T any, P Layout[T]](kind string, address solana.PublicKey, discriminator [8]byte, data []byte) (*T, error) {
	fail := func(reason error) (*T, error) {
		return nil, &chain.AccountError{Kind: kind, Address: address, Reason: reason}
	}
	if len(data) < len(discriminator) {
		return fail(chain.ErrShortAccount)
	}
	if [8]byte(data) != discriminator {
		return fail(chain.ErrWrongType)
	}
	value := new(T)
	if err := P(value).Unmarshal(data[len(discriminator):]); err != nil {
		return fail(fmt.Errorf("%w: %w", chain.ErrShortAccount, err))
	}
	return value, nil
}

// Text is a string in a fixed field.
func Text(field []byte, length int) (string, error) {
	if length > len(field) {
		return "", fmt.Errorf("%w: a text of %d bytes in a field of %d", chain.ErrBadAccount, length, len(field))
	}
	return string(field[:length]), nil
}

// Unix is a time in an account; 0 stands for none.
func Unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// Duration is a number of seconds in an account, clamped to what a Duration holds.
func Duration(seconds int64) time.Duration {
	const most = math.MaxInt64 / int64(time.Second)
	return time.Duration(min(max(seconds, -most), most)) * time.Second
}

// Seconds is a duration as an account has it.
func Seconds(d time.Duration) int64 { return int64(d / time.Second) }

// Bind completes a generated instruction: the generator knows only the program id
// of the IDL, and omits the discriminator of an instruction without arguments.
func Bind(program solana.PublicKey, discriminator [8]byte, built solana.Instruction, err error) (solana.Instruction, error) {
	if err != nil {
		return nil, err
	}
	data, err := built.Data()
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		data = discriminator[:]
	}
	return solana.NewInstruction(program, built.Accounts(), data), nil
}

// Readers read events of type E by their discriminators; false means that the
// data are none.
type Readers[E any] map[[8]byte]func([]byte) (E, bool)

// Reader makes the reader of one type of event.
func Reader[T, E any, P Layout[T]](public func(*T) E) func([]byte) (E, bool) {
	return func(data []byte) (E, bool) {
		wire := new(T)
		if P(wire).Unmarshal(data) != nil {
			return *new(E), false
		}
		return public(wire), true
	}
}

// Events finds a program's events in the logs of a transaction that succeeded.
func Events[E any](program solana.PublicKey, logs []string, readers Readers[E]) []E {
	var events []E
	for _, data := range chain.EventData(program, logs) {
		if len(data) < 8 {
			continue
		}
		if read, ok := readers[[8]byte(data)]; ok {
			if e, ok := read(data[8:]); ok {
				events = append(events, e)
			}
		}
	}
	return events
}

// Read reads one account of a program and decodes it.
func Read[T any](ctx context.Context, c *chain.Client, program solana.PublicKey, kind string, address solana.PublicKey, decode func(solana.PublicKey, []byte) (*T, error)) (*T, error) {
	a, err := c.Account(ctx, address, program)
	if err != nil {
		return nil, OfKind(kind, err)
	}
	return decode(address, a.Data)
}

// OfKind adds to an error about an account what kind of account was expected.
func OfKind(kind string, err error) error {
	var of *chain.AccountError
	if errors.As(err, &of) && of.Kind == "" {
		of.Kind = kind
	}
	return err
}
