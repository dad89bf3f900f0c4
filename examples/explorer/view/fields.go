package view

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/gagliardetto/solana-go"
)

// Field is one fact of an account or an event.
type Field struct {
	Name string `json:"name"`
	Text string `json:"text"`
	Link string `json:"link,omitempty"` // "account" or "round": what the text names
}

// maxItems is how many elements of a list are shown.
const maxItems = 32

// fieldsOf lists the exported fields of a struct, those of structs in it too.
func fieldsOf(v any) []Field {
	all := []Field{}
	list(&all, "", reflect.Indirect(reflect.ValueOf(v)))
	return all
}

func list(all *[]Field, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		name := prefix + words(f.Name)
		value := v.Field(i)
		for value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		if text, link, leaf := textOf(f.Name, value); leaf {
			*all = append(*all, Field{name, text, link})
		} else if f.Anonymous {
			list(all, prefix, value)
		} else {
			list(all, name+": ", value)
		}
	}
}

// textOf is a value's text, and whether it is to be shown as one.
func textOf(name string, v reflect.Value) (text, link string, leaf bool) {
	switch x := v.Interface().(type) {
	case solana.PublicKey:
		if x.IsZero() {
			return "none", "", true
		}
		return x.String(), "account", true
	case time.Time:
		if x.IsZero() {
			return "not yet", "", true
		}
		return x.UTC().Format(time.RFC3339), "", true
	case string:
		return plain(x), "", true
	case fmt.Stringer:
		return plain(x.String()), "", true
	}
	switch v.Kind() {
	case reflect.Struct:
		return "", "", false
	case reflect.Pointer: // nil
		return "none", "", true
	case reflect.Array, reflect.Slice:
		return items(v), "", true
	}
	if name == "RoundID" {
		link = "round"
	}
	return fmt.Sprint(v.Interface()), link, true
}

// items shows bytes as hex, and the first elements of other lists.
func items(v reflect.Value) string {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		if len(b) > maxItems {
			return hex.EncodeToString(b[:maxItems]) + "…"
		}
		return hex.EncodeToString(b)
	}
	if v.Type().Elem().Kind() == reflect.Struct {
		return fmt.Sprintf("%d of them", v.Len())
	}
	var texts []string
	for i := range min(v.Len(), maxItems) {
		texts = append(texts, fmt.Sprint(v.Index(i).Interface()))
	}
	if v.Len() > maxItems {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}

// words splits a Go name: BaseAccuracy is "base accuracy", RoundID "round ID".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		isUpper := r >= 'A' && r <= 'Z'
		nextLower := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
		lastLower := i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z'
		if i > 0 && isUpper && (lastLower || nextLower) {
			b.WriteByte(' ')
		}
		if isUpper && (nextLower || i == 0) && (i+1 >= len(name) || nextLower) {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
