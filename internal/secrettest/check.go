package secrettest

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verbs are all that fmt knows, and one that it does not.
const verbs = "vTtbcdoOqxXUeEfFgGspw!"

// flags change what a verb prints.
var flags = []string{"", "+", "#", "-20", "020", " ", "+#", "# ", ".3"}

// Check fails the test where value, a pointer to it, or a struct, slice or map that holds it shows secret. secret
// should be of at least 16 letters and digits that occur nowhere else.
func Check(t *testing.T, secret string, value any) {
	t.Helper()
	for place, v := range places(value) {
		for by, text := range printed(v) {
			for form, part := range Forms(secret) {
				require.NotContains(t, text, part, "%T in %s shows its secret (%s) by %s", value, place, form, by)
			}
		}
	}
}

// Forms returns the beginning of a secret in every form in which printing may show it, by the form's name.
func Forms(secret string) map[string]string {
	part := secret[:8]
	numbers := func(format, separator string) string {
		var list []string
		for _, b := range []byte(part) {
			list = append(list, fmt.Sprintf(format, b))
		}
		return strings.Join(list, separator)
	}
	return map[string]string{
		"text": part, "hex": fmt.Sprintf("%x", part), "HEX": fmt.Sprintf("%X", part), "hex with spaces": fmt.Sprintf("% x", part),
		"Go's bytes": numbers("0x%x", ", "), "numbers": numbers("%d", " "), "numbers with commas": numbers("%d", ","), "octal": numbers("%o", " "),
		"0o octal": numbers("%O", " "), "binary": numbers("%b", " "), "Unicode": numbers("%U", " "), "letters": numbers("%c", " "),
		"quoted letters": numbers("%q", " "), "base64": base64.StdEncoding.EncodeToString([]byte(secret[:9])),
	}
}

// places puts a value where it may be found.
func places(value any) map[string]any {
	return map[string]any{
		"itself":     value,
		"a pointer":  &value,
		"a struct":   struct{ V any }{value},
		"a hidden":   struct{ v any }{value},
		"a slice":    []any{value},
		"a map":      map[string]any{"v": value},
		"an error":   fmt.Errorf("failed: %v", value),
		"two errors": errors.Join(fmt.Errorf("failed: %+v", value), fmt.Errorf("%s", value)),
	}
}

// printed is a value in all forms, by the name of what printed it.
func printed(v any) map[string]string {
	all := map[string]string{}
	for _, verb := range verbs {
		for _, flag := range flags {
			format := "%" + flag + string(verb)
			all[format] = fmt.Sprintf(format, v)
		}
	}
	all["print"], all["println"] = fmt.Sprint(v), fmt.Sprintln(v)
	var failure recorder
	assert.Equal(&failure, []any{v}, []any{}) // with a diff of what both hold
	all["a test's failure"] = failure.String()
	for name, encode := range encoders {
		all[name] = encode(v)
	}
	return all
}

// recorder keeps what a failing assertion says.
type recorder struct{ strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// encoders return what they wrote, and the error if they refused to: it may quote.
var encoders = map[string]func(v any) string{
	"json": func(v any) string { b, err := json.Marshal(v); return fmt.Sprint(string(b), err) },
	"xml":  func(v any) string { b, err := xml.Marshal(v); return fmt.Sprint(string(b), err) },
	"gob": func(v any) string {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(v)
		return fmt.Sprint(b.String(), err)
	},
	"template": func(v any) string {
		var b strings.Builder
		err := template.Must(template.New("").Parse(`{{.}} {{printf "%v" .}} {{js .}} {{urlquery .}}`)).Execute(&b, v)
		return fmt.Sprint(b.String(), err)
	},
	"slog as text": func(v any) string {
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", v)
		return b.String()
	},
	"slog as JSON": func(v any) string {
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", v)
		return b.String()
	},
}
