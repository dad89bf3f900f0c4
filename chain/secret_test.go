package chain_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// hush is what must never show. In hex it begins with 7665727973.
const hush = "verysecret"

// hushed are values that hold a secret in a closure, where nothing finds it.
func hushed(t *testing.T) map[string]any {
	key, err := chain.ParseKeypair(keyJSON(secret))
	require.NoError(t, err)
	header := chain.NewHeader(http.Header{"Authorization": {"Bearer " + hush}})
	client, err := chain.NewClient(config(header))
	require.NoError(t, err)
	failing, err := chain.NewClient(withTransport(config(header)))
	require.NoError(t, err)
	_, failure := failing.Slot(t.Context())
	require.Error(t, failure)
	return map[string]any{"keypair": *key, "header": header, "client": client, "failed call": failure, "wrapped": fmt.Errorf("x: %w", failure),
		"struct": struct {
			Header chain.Header
			key    *chain.Keypair
			client *chain.Client
		}{header, key, client}, "slice": []any{header, client, failure}}
}

// config has secrets in all of its places.
func config(header chain.Header) chain.Config {
	return chain.Config{
		Network: chain.Network{Name: "mine", RPC: "https://me:" + hush + "@a.test/" + hush + "?key=" + hush, WS: "wss://a.test/" + hush},
		Header:  header, Attempts: 1,
		Fallbacks: []chain.Node{{RPC: "https://b.test/" + hush, WS: "wss://b.test/" + hush, Header: header}},
	}
}

func withTransport(c chain.Config) chain.Config {
	c.Transport = chaintest.Nodes{}
	return c
}

// spelled is what a secret of bytes looks like in the formats that printing knows.
func spelled(text string) []string {
	b := []byte(text)
	return []string{text, fmt.Sprintf("%x", b), fmt.Sprintf("%X", b), fmt.Sprintf("% x", b), fmt.Sprintf("%d", b)[1:20], fmt.Sprintf("%o", b)[1:20], fmt.Sprintf("%b", b)[1:20]}
}

// verbs are all of package fmt's, and some flags.
var verbs = []string{"%v", "%+v", "%#v", "%T", "%t", "%b", "%c", "%d", "%o", "%O", "%q", "%#q", "%x", "%X", "% x", "%#x", "%U", "%#U", "%e", "%E",
	"%f", "%F", "%g", "%G", "%s", "%10.3s", "%p", "%z", "%!"}

// ways are all ways to show a value.
func ways() map[string]func(any) string {
	all := maps.Clone(shows)
	delete(all, "testify") // it cannot dump a client: it sorts keys of maps that are not exported
	all["reflection"] = reflected
	for _, verb := range verbs {
		all[verb] = func(v any) string { return fmt.Sprintf(verb, v) }
	}
	all["print"] = func(v any) string { return fmt.Sprint(v) }
	all["template"] = func(v any) string {
		var b bytes.Buffer
		err := template.Must(template.New("").Parse("{{.}} {{printf `%x` .}}")).Execute(&b, v)
		return fmt.Sprint(b.String(), err)
	}
	return all
}

// reflected is all text that reflection finds in a value, whoever may see it.
func reflected(v any) string {
	var b strings.Builder
	seen := map[uintptr]bool{}
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			b.WriteString(v.String() + "\n")
		case reflect.Pointer:
			if !v.IsNil() && !seen[v.Pointer()] {
				seen[v.Pointer()] = true
				walk(v.Elem())
			}
		case reflect.Interface:
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				for i := range v.Len() {
					b.WriteByte(byte(v.Index(i).Uint()))
				}
				return
			}
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for at := v.MapRange(); at.Next(); {
				walk(at.Key())
				walk(at.Value())
			}
		}
	}
	walk(reflect.ValueOf(v))
	return b.String()
}

func TestReflectionFindsWhatIsNotHidden(t *testing.T) {
	require.Contains(t, reflected(struct{ a *[]any }{&[]any{map[string][]byte{"x": []byte(hush)}}}), hush)
}

func TestNothingShowsASecret(t *testing.T) {
	for name, v := range hushed(t) {
		for how, show := range ways() {
			text := show(v)
			for _, hidden := range append(spelled(hush), spelled(string(secret[:12]))...) {
				require.NotContains(t, text, hidden, "%s as %s", name, how)
			}
		}
	}
}

// The URLs of a network are fields, for whoever wants them. Everything that asks its
// methods shows the name, or for a node the host: that is everything but %p, which is
// for pointers, and what dumps fields by reflection.
func TestNetworksShowNamesAndNodesHosts(t *testing.T) {
	c := config(chain.NewHeader(http.Header{"Authorization": {hush}}))
	all := ways()
	maps.DeleteFunc(all, func(how string, _ func(any) string) bool { return how == "%p" || how == "reflection" || how == "%!" })
	for name, v := range map[string]any{"network": c.Network, "node": c.Fallbacks[0], "pointer": &c.Network, "nodes": c.Fallbacks, "config": c,
		"map": map[string]any{"a": c.Network, "b": &c.Fallbacks[0]}} {
		for how, show := range all {
			for _, hidden := range spelled(hush) {
				require.NotContains(t, show(v), hidden, "%s as %s", name, how)
			}
		}
	}
	require.Equal(t, "mine", fmt.Sprint(c.Network))
	require.Equal(t, "node b.test", fmt.Sprint(c.Fallbacks[0]))
}

// A panic prints its value, and the arguments of the calls that led to it.
func TestPanicsShowNoSecret(t *testing.T) {
	if name := os.Getenv("CHAIN_TEST_PANIC"); name != "" {
		values := hushed(t)
		c := config(chain.NewHeader(http.Header{"Authorization": {hush}}))
		values["network"], values["node"], values["config"] = c.Network, c.Fallbacks[0], c
		panic(values[name])
	}
	for _, name := range []string{"keypair", "header", "client", "failed call", "network", "node", "config", "struct", "slice"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPanicsShowNoSecret$")
			cmd.Env = append(os.Environ(), "CHAIN_TEST_PANIC="+name, "GOTRACEBACK=system")
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(out), "panic: ")
			for _, hidden := range append(spelled(hush), spelled(string(secret[:12]))...) {
				require.False(t, strings.Contains(string(out), hidden), string(out))
			}
		})
	}
}
