package secrettest

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
	"github.com/decloud-sdk/decloud-go/storage/lighthouse"
	"github.com/decloud-sdk/decloud-go/storage/pinata"
	"github.com/decloud-sdk/decloud-go/storage/pinning"
)

const secret = "Zq7wXv9pLm3kRt5y"

func TestMain(m *testing.M) {
	PanicIfAsked(holders())
	goleak.VerifyTestMain(m)
}

// holders is one value of every type that holds a secret, by the type's name: by value and by pointer, since they print
// differently.
func holders() map[string]any {
	hidden := storage.NewSecret(secret)
	g := must(gateway.New("https://gateway.example?key="+secret, gateway.Options{Token: hidden, Header: map[string]storage.Secret{"x-key": hidden}}))
	l := must(lighthouse.New(lighthouse.Options{Key: hidden}))
	folder, car := must(pinata.NewFolder(pinata.Options{JWT: hidden})), must(pinata.NewCAR(pinata.Options{Key: hidden, SecretKey: hidden}))
	k := must(kubo.New("http://127.0.0.1:5001", kubo.Options{Authorization: hidden}))
	pins := must(pinning.New("https://pins.example", pinning.Options{Token: hidden}))
	hf := huggingface.Options{Token: hidden}
	rows, revision := must(huggingface.New("alice/rows", hf)), must(huggingface.Open("hf:alice/rows@0123456789abcdef0123456789abcdef01234567", hf))
	wallet := must(chain.ParseKeypair(base58.Encode(ed25519.NewKeyFromSeed([]byte(secret + secret)))))
	header := must(chain.ParseHeader("Authorization: Bearer " + secret + "\nX-" + secret + ": 1"))
	return map[string]any{
		"storage.Secret": hidden, "*storage.Secret": &hidden,
		"gateway.Options": gateway.Options{Token: hidden, Header: map[string]storage.Secret{"x-key": hidden}}, "gateway.Gateway": *g, "*gateway.Gateway": g,
		"lighthouse.Options": lighthouse.Options{Key: hidden}, "lighthouse.Service": *l, "*lighthouse.Service": l,
		"pinata.Options": pinata.Options{JWT: hidden, Key: hidden, SecretKey: hidden},
		"pinata.Folder":  *folder, "*pinata.Folder": folder, "pinata.CAR": *car, "*pinata.CAR": car,
		"kubo.Options": kubo.Options{Authorization: hidden}, "kubo.Node": *k, "*kubo.Node": k,
		"pinning.Options": pinning.Options{Token: hidden}, "pinning.Service": *pins, "*pinning.Service": pins,
		"huggingface.Options": hf, "huggingface.Dataset": *rows, "*huggingface.Dataset": rows, "huggingface.Revision": *revision, "*huggingface.Revision": revision,
		"storage.Config": storage.Config{Fetchers: []storage.Fetcher{g, k, rows, revision}, Pushers: []storage.Pusher{l, folder, car, k, rows}},
		"chain.Header":   header, "*chain.Header": &header, "chain.Node": chain.Node{RPC: "https://node.example", Header: header},
		"chain.Keypair": *wallet, "*chain.Keypair": wallet, "chain.Config": chain.Config{Signer: wallet, Header: header, Fallbacks: []chain.Node{{RPC: "https://node.example", Header: header}}},
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Whatever holds a secret shows nothing of it.
func TestNothingShowsASecret(t *testing.T) {
	for name, v := range holders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Check(t, secret, v)
			CheckPanic(t, secret, name)
		})
	}
}

// The check notices a secret that shows.
func TestCheckNotices(t *testing.T) {
	type named string
	for name, v := range map[string]any{
		"a text": secret, "bytes": []byte(secret), "a named type": named(secret), "a field": struct{ key string }{secret},
		"a header": &http.Header{"Authorization": {"Bearer " + secret}}, "a URL": &url.URL{RawQuery: "key=" + secret},
		"JSON": json.RawMessage(`"` + secret + `"`), "an error": os.ErrExist,
	} {
		shown := false
		for _, text := range printed(v) {
			for _, part := range Forms(secret) {
				shown = shown || strings.Contains(text, part)
			}
		}
		require.Equal(t, name != "an error", shown, name)
	}
}
