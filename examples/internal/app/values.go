package app

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/storage"
)

// The kinds of values that settings and flags have, each with a text form that
// it reads back.
var (
	_ flag.Value = (*SOL)(nil)
	_ flag.Value = (*Stars)(nil)
	_ flag.Value = (*Seconds)(nil)
	_ flag.Value = (*Names)(nil)
)

// SOL is an amount in lamports that reads and shows as SOL.
type SOL uint64

// Set implements flag.Value.
func (v *SOL) Set(text string) error {
	n, err := chain.ParseSOL(text)
	if err == nil {
		*v = SOL(n)
	}
	return err
}

func (v *SOL) String() string { return chain.FormatSOL(uint64(*v)) }

// MarshalJSON writes a number, exactly.
func (v SOL) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON reads a number, or a text of one.
func (v *SOL) UnmarshalJSON(b []byte) error { return fromJSON(b, v.Set) }

// Stars is a rating in hundredths of a star that reads and shows as stars.
type Stars rating.Stars

// Set implements flag.Value.
func (v *Stars) Set(text string) error {
	s, err := rating.ParseStars(text)
	if err == nil {
		*v = Stars(s)
	}
	return err
}

func (v *Stars) String() string { return fmt.Sprintf("%d.%02d", *v/100, *v%100) }

// MarshalJSON writes a number.
func (v Stars) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON reads a number, or a text of one.
func (v *Stars) UnmarshalJSON(b []byte) error { return fromJSON(b, v.Set) }

// Seconds is a duration that reads and shows as a number of seconds; it also
// reads as "1m30s".
type Seconds time.Duration

// Set implements flag.Value.
func (v *Seconds) Set(text string) error {
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = time.ParseDuration(text + "s")
	}
	if err != nil || d < 0 {
		return errors.New("a time is seconds such as 90 or 0.5, or has units: 90s, 5m, 12h")
	}
	*v = Seconds(d)
	return nil
}

// String is the exact number of seconds, without needless zeros.
func (v *Seconds) String() string {
	const second = Seconds(time.Second)
	if *v%second == 0 {
		return strconv.FormatInt(int64(*v/second), 10)
	}
	return strings.TrimRight(fmt.Sprintf("%d.%09d", *v/second, *v%second), "0")
}

// MarshalJSON writes a number of seconds.
func (v Seconds) MarshalJSON() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalJSON reads a number of seconds, or a text as Set does.
func (v *Seconds) UnmarshalJSON(b []byte) error { return fromJSON(b, v.Set) }

// fromJSON gives a JSON number or string to set. null leaves the default.
func fromJSON(b []byte, set func(string) error) error {
	text := string(b)
	switch {
	case text == "null":
		return nil
	case text != "" && text[0] == '"':
		if json.Unmarshal(b, &text) != nil {
			return errors.New("not a string")
		}
	}
	return set(text)
}

// Names is a list that reads and shows with commas. Empty, "any" and "all" mean
// no restriction.
type Names []string

// Set implements flag.Value.
func (v *Names) Set(text string) error {
	list := []string{}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	if len(list) == 1 && slices.Contains([]string{"any", "all"}, strings.ToLower(list[0])) {
		list = list[:0]
	}
	*v = list
	return nil
}

func (v *Names) String() string { return strings.Join(*v, ",") }

// number is an integer or a fraction within bounds.
type number[T int | float64 | uint64] struct {
	p        *T
	min, max T
}

// Int is a whole number within bounds.
func Int(p *int, least, most int) flag.Value { return number[int]{p, least, most} }

// Float is a number within bounds.
func Float(p *float64, least, most float64) flag.Value { return number[float64]{p, least, most} }

// Uint is a whole number that is not negative.
func Uint(p *uint64) flag.Value { return number[uint64]{p, 0, math.MaxUint64} }

func (v number[T]) Set(text string) error {
	var n T
	var err error
	switch p := any(&n).(type) {
	case *int:
		*p, err = strconv.Atoi(strings.TrimSpace(text))
	case *uint64:
		*p, err = strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	case *float64:
		*p, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
	}
	if err != nil || !(n >= v.min && n <= v.max) { // NaN is refused, too
		if float64(v.min) == math.SmallestNonzeroFloat64 {
			return fmt.Errorf("expected a number above 0, up to %v", v.max)
		}
		return fmt.Errorf("expected a number from %v to %v", v.min, v.max)
	}
	*v.p = n
	return nil
}

func (v number[T]) String() string {
	if v.p == nil {
		return ""
	}
	return fmt.Sprint(*v.p)
}

// textValue is any text that is no secret key; check, if not nil, refuses some.
type textValue struct {
	p     *string
	check func(string) error
}

// Text is a text that check takes; a nil check takes all. A secret key is refused,
// so that one in the wrong place is never shown.
func Text(p *string, check func(string) error) flag.Value { return textValue{p, check} }

func (v textValue) Set(text string) error {
	text = strings.TrimSpace(text)
	if isKey(text) {
		return errors.New("this is a secret key, which belongs in a key file or in private_key")
	}
	if v.check != nil && text != "" {
		if err := v.check(text); err != nil {
			return err
		}
	}
	*v.p = text
	return nil
}

func (v textValue) String() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// Path is the name of a file or a directory. A relative one is where the user
// stands when it is set, and there it stays wherever the app is run later.
func Path(p *string) flag.Value { return pathValue{textValue{p, nil}} }

type pathValue struct{ textValue }

func (v pathValue) Set(text string) error {
	if err := v.textValue.Set(text); err != nil {
		return err
	}
	absolute, err := anchored(*v.p)
	*v.p = absolute
	return err
}

// anchored makes a path absolute. What starts with ~ is the user's home's.
func anchored(path string) (string, error) {
	if path == "" || path == "~" || strings.HasPrefix(path, "~/") {
		return path, nil
	}
	return filepath.Abs(path)
}

// Bool is yes or no.
func Bool(p *bool) flag.Value { return boolValue{p} }

type boolValue struct{ p *bool }

func (v boolValue) Set(text string) error {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "y", "on", "1":
		*v.p = true
	case "false", "no", "n", "off", "0":
		*v.p = false
	default:
		return errors.New("expected true or false")
	}
	return nil
}

func (v boolValue) String() string { return strconv.FormatBool(v.p != nil && *v.p) }

// IsBoolFlag lets the flag stand without a value.
func (v boolValue) IsBoolFlag() bool { return true }

// secretValue is a credential: it can be set, not shown.
type secretValue struct{ p *storage.Secret }

func (v secretValue) Set(text string) error {
	*v.p = storage.NewSecret(strings.TrimSpace(text))
	return nil
}

// keyValue is a wallet's secret key; empty: none.
type keyValue struct{ secretValue }

func (v keyValue) Set(text string) error {
	if text = strings.TrimSpace(text); text != "" && !isKey(text) {
		return errors.New("this is no secret key: expected 64 bytes in base58, or as the list of numbers of a key file")
	}
	return v.secretValue.Set(text)
}

func (v secretValue) String() string {
	if v.p == nil || v.p.IsZero() {
		return ""
	}
	return v.p.String()
}

// headerValue is a credential that is sent as HTTP headers.
type headerValue struct{ p *storage.Secret }

func (v headerValue) Set(text string) error {
	if _, err := chain.ParseHeader(text); err != nil {
		return errors.New("expected Name: value, such as Authorization: Bearer TOKEN; several on a line each")
	}
	return secretValue(v).Set(text)
}

func (v headerValue) String() string { return secretValue(v).String() }

// checkURL takes addresses of the given schemes.
func checkURL(schemes ...string) func(string) error {
	return func(text string) error {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
			return fmt.Errorf("expected an address that starts with %s://", strings.Join(schemes, ":// or "))
		}
		return nil
	}
}
