package lighthouse_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/lighthouse"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "b5f60ba0.s3cr3t"

// service answers as Lighthouse's documentation says, from a storage.Store.
type service struct {
	store   *storage.Store
	message string
	answer  func(root cid.Cid) string // to an import
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /api/auth/get_message":
		json.NewEncoder(w).Encode(s.message)
	case "POST /api/auth/create_api_key":
		s.createKey(w, r)
	case "POST /api/v0/dag/import":
		s.load(w, r)
	default:
		gateway.Handler(s.store).ServeHTTP(w, r)
	}
}

func (s *service) createKey(w http.ResponseWriter, r *http.Request) {
	var body struct{ PublicKey, SignedMessage, KeyName string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key, _ := base58.Decode(body.PublicKey)
	sig, _ := base58.Decode(body.SignedMessage)
	if len(key) != 32 || !ed25519.Verify(key, []byte(s.message), sig) || body.KeyName == "" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"error":{"message":"Signature verification failed"}}`)
		return
	}
	json.NewEncoder(w).Encode(apiKey)
}

func (s *service) load(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+apiKey {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"message":"Authentication failed"}}`)
		return
	}
	mr, err := r.MultipartReader()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	part, err := mr.NextPart()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	root, err := cid.Decode(strings.TrimSuffix(part.FileName(), ".car"))
	if err != nil || part.FormName() != "file" {
		http.Error(w, "a part named file is wanted", http.StatusBadRequest)
		return
	}
	data, err := io.ReadAll(part)
	if err == nil {
		_, err = s.store.Import(r.Context(), root, bytes.NewReader(data))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	io.WriteString(w, s.answer(root))
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.Dir, cfg.NoSync = t.TempDir(), true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func serve(t *testing.T, h http.Handler) (*lighthouse.Service, *gateway.Gateway, lighthouse.Options) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o := lighthouse.Options{Key: storage.NewSecret(apiKey), Base: srv.URL, Client: srv.Client()}
	l, err := lighthouse.New(o)
	require.NoError(t, err)
	g, err := gateway.New(srv.URL, gateway.Options{Client: srv.Client()})
	require.NoError(t, err)
	return l, g, o
}

type readable struct {
	storage.Pusher
	storage.Fetcher
}

func (readable) String() string { return "lighthouse" }

func asImport(c cid.Cid) string { return fmt.Sprintf(`{"Root":{"Cid":{"/":%q},"PinErrorMsg":""}}`, c) }

func TestPush(t *testing.T) {
	storagetest.TestPusher(t, func(t *testing.T) (storage.Pusher, storage.Fetcher) {
		l, g, _ := serve(t, &service{store: open(t, storage.Config{}), answer: asImport})
		return readable{l, g}, g
	})
}

// The known forms of the answer.
func TestAnswers(t *testing.T) {
	for name, answer := range map[string]func(root cid.Cid) string{
		"as dag/import":         asImport,
		"as add, size a string": func(c cid.Cid) string { return fmt.Sprintf(`{"Name":"x.car","Hash":%q,"Size":"1234"}`, c) },
		"size a number":         func(c cid.Cid) string { return fmt.Sprintf(`{"Name":"x.car","Hash":%q,"Size":1234}`, c) },
		"inside of data":        func(c cid.Cid) string { return fmt.Sprintf(`{"data":{"Name":"x.car","Hash":%q,"Size":"1234"}}`, c) },
		"NDJSON, the root last": func(c cid.Cid) string {
			return `{"Name":"a","Hash":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku","Size":"0"}` + "\n" +
				fmt.Sprintf(`{"Name":"","Hash":%q,"Size":"1234"}`, c) + "\n"
		},
		"asynchronous, no CID": func(cid.Cid) string { return `{"status":"queued"}` },
		"nothing at all":       func(cid.Cid) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			l, g, _ := serve(t, &service{store: open(t, storage.Config{}), answer: answer})
			s := open(t, storage.Config{Pushers: []storage.Pusher{readable{l, g}}})
			root, err := s.Add(context.Background(), fstest.MapFS{"a": {Data: []byte("a")}})
			require.NoError(t, err)
			receipts, err := s.Push(context.Background(), root)
			require.NoError(t, err)
			require.Equal(t, root, receipts[0].CID)
			require.Equal(t, "lighthouse", receipts[0].VerifiedBy)
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status int
		answer string
		want   error
		text   string
	}{
		{401, `{"error":{"message":"Authentication failed"}}`, storage.ErrUnauthorized, "Authentication failed"},
		{403, `{"message":"trial expired"}`, storage.ErrUnauthorized, "trial expired"},
		{413, `<html>nginx</html>`, storage.ErrTooLarge, "HTTP 413"},
		{429, `slow down`, storage.ErrRateLimited, "slow down"},
		{500, `key ` + apiKey + ` exploded`, nil, "exploded"},
		{200, `{"Hash":"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn","Size":"1"}`, storage.ErrCIDMismatch, "QmUNLL"},
		{200, `{"Root":{"Cid":{"/":"x"},"PinErrorMsg":"no space"}}`, nil, "no space"},
		{200, `{"Hash":"hello"}`, storage.ErrUnsupported, "hello"},
		{200, `{"Hash":"` + apiKey + `"}`, storage.ErrUnsupported, "[redacted]"},
		{200, `{"Root":{"Cid":{"/":"x"},"PinErrorMsg":"key ` + apiKey + `"}}`, nil, "[redacted]"},
		{200, `<html>`, storage.ErrUnsupported, "JSON"},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.answer), func(t *testing.T) {
			l, _, o := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			}))
			s := open(t, storage.Config{Pushers: []storage.Pusher{l}, Retry: storage.Retry{Attempts: 2, Base: time.Millisecond}, NoFetchBack: true})
			root, err := s.Add(context.Background(), fstest.MapFS{"a": {Data: []byte("a")}})
			require.NoError(t, err)
			_, err = s.Push(context.Background(), root)
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, err, root.String())
			require.NotContains(t, err.Error(), apiKey)
			require.NotContains(t, fmt.Sprintf("%+v %#v", o, o), apiKey)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

func TestCreateKey(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	_, other, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	address := base58.Encode(public)
	signer := func(key ed25519.PrivateKey) func(context.Context, []byte) ([]byte, error) {
		return func(_ context.Context, m []byte) ([]byte, error) { return ed25519.Sign(key, m), nil }
	}
	never := func(context.Context, []byte) ([]byte, error) {
		t.Error("asked to sign")
		return nil, nil
	}
	refuses := func(context.Context, []byte) ([]byte, error) { return nil, errors.New("the user said no") }
	text := "Please prove you are the owner of this address by signing this message\n\nMessage: 1234"
	transaction := string([]byte{1, 0, 2, 4}) + strings.Repeat("k", 200)
	for _, c := range []struct {
		name, message, address string
		sign                   func(context.Context, []byte) ([]byte, error)
		want                   error
		text                   string
	}{
		{"fine", text, address, signer(private), nil, ""},
		{"another wallet's signature", text, address, signer(other), storage.ErrUnauthorized, "verification failed"},
		{"no address", text, "hello", never, nil, "not the address"},
		{"the user refuses", text, address, refuses, nil, "the user said no"},
		{"a transaction to sign", transaction, address, never, storage.ErrUnsupported, "could be a transaction"},
		{"a versioned transaction to sign", "\x80" + transaction, address, never, storage.ErrUnsupported, "transaction"},
		{"nothing to sign", "", address, never, storage.ErrUnsupported, "0 bytes"},
		{"a novel to sign", strings.Repeat("a", 5000), address, never, storage.ErrUnsupported, "5000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, o := serve(t, &service{store: open(t, storage.Config{}), message: c.message})
			key, err := lighthouse.CreateKey(context.Background(), o, c.address, "test", c.sign)
			if c.text == "" {
				require.NoError(t, err)
				require.Equal(t, apiKey, key.Reveal())
				require.Equal(t, "[redacted]", fmt.Sprint(key))
				return
			}
			require.ErrorContains(t, err, c.text)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

// silent never answers, or never ends the body of its answer.
type silent struct{ headers bool }

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.headers {
		return &http.Response{StatusCode: 200, Body: &hanging{r.Context()}, Request: r}, nil
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

type hanging struct{ ctx context.Context }

func (h *hanging) Read([]byte) (int, error) { <-h.ctx.Done(); return 0, h.ctx.Err() }
func (h *hanging) Close() error             { return nil }

// CreateKey gives up a service that does not answer, even without a deadline.
func TestCreateKeySilence(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	for _, headers := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			o := lighthouse.Options{Base: "http://lighthouse.test", Client: &http.Client{Transport: silent{headers}}}
			_, err := lighthouse.CreateKey(context.Background(), o, base58.Encode(public), "test", nil)
			require.ErrorIs(t, err, storage.ErrIncomplete)
			require.ErrorContains(t, err, "30s")
			require.Equal(t, 30*time.Second, time.Since(start))
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err = lighthouse.CreateKey(ctx, o, base58.Encode(public), "test", nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestOptions(t *testing.T) {
	_, err := lighthouse.New(lighthouse.Options{})
	require.ErrorContains(t, err, "CreateKey")
}
