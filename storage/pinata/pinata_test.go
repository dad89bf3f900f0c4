package pinata_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/pinata"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	jwt    = "eyJ.s3cr3t.jwt"
	key    = "k3y-of-pinata"
	secret = "s3cr3t-of-pinata"
)

// service answers as Pinata's documentation says, from a storage.Store, and
// serves its content as a gateway.
type service struct {
	store   *storage.Store
	profile storage.Profile
	t       *testing.T
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/ipfs/") {
		gateway.Handler(s.store).ServeHTTP(w, r)
		return
	}
	byKey := len(r.Header.Values("Pinata_api_key")) == 1 && r.Header.Get("Pinata_api_key") == key && r.Header.Get("Pinata_secret_api_key") == secret
	if r.Header.Get("Authorization") != "Bearer "+jwt && !byKey {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"reason":"INVALID_CREDENTIALS","details":"Invalid/expired credentials"}}`)
		return
	}
	var err error
	switch r.Method + " " + r.URL.Path {
	case "POST /pinning/pinFileToIPFS":
		err = s.folder(w, r)
	case "POST /v3/files":
		err = s.car(w, r)
	default:
		http.NotFound(w, r)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":%q}`, err)
	}
}

// folder packs the parts named dir/path; the shared dir is not part of the result.
func (s *service) folder(w http.ResponseWriter, r *http.Request) error {
	mr, err := r.MultipartReader()
	if err != nil {
		return err
	}
	tree, fields := fstest.MapFS{}, map[string]string{}
	err = parts(mr, func(p *multipart.Part, data []byte) error {
		_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return err
		}
		if p.FormName() != "file" {
			fields[p.FormName()] = string(data)
			return nil
		}
		dir, path, ok := strings.Cut(params["filename"], "/")
		if !ok || dir == "" {
			return fmt.Errorf("more than one file, but no common directory: %s", params["filename"])
		}
		tree[path] = &fstest.MapFile{Data: data}
		return nil
	})
	if err != nil {
		return err
	}
	if fields["pinataOptions"] != `{"cidVersion":1}` || !json.Valid([]byte(fields["pinataMetadata"])) {
		return fmt.Errorf("options %v", fields)
	}
	store, err := storage.Open(storage.Config{Dir: s.t.TempDir(), Profile: s.profile})
	if err != nil {
		return err
	}
	root, err := store.Add(r.Context(), tree)
	if err != nil {
		return err
	}
	s.store = store
	fmt.Fprintf(w, `{"IpfsHash":%q,"PinSize":12345,"Timestamp":"2026-11-20T00:00:00.000Z","isDuplicate":false}`, root)
	return nil
}

func (s *service) car(w http.ResponseWriter, r *http.Request) error {
	mr, err := r.MultipartReader()
	if err != nil {
		return err
	}
	fields, root := map[string]string{}, cid.Undef
	err = parts(mr, func(p *multipart.Part, data []byte) error {
		if p.FormName() != "file" {
			fields[p.FormName()] = string(data)
			return nil
		}
		var err error
		if root, err = cid.Decode(strings.TrimSuffix(p.FileName(), ".car")); err != nil {
			return err
		}
		_, err = s.store.Import(r.Context(), root, bytes.NewReader(data))
		return err
	})
	if err != nil {
		return err
	}
	if fields["network"] != "public" || fields["car"] != "true" {
		return fmt.Errorf("fields %v", fields)
	}
	fmt.Fprintf(w, `{"data":{"id":"0195-uuid","name":%q,"cid":%q,"size":1234,"mime_type":"application/vnd.ipld.car"}}`, fields["name"], root)
	return nil
}

func parts(mr *multipart.Reader, fn func(p *multipart.Part, data []byte) error) error {
	for {
		p, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return err
		}
		if err := fn(p, data); err != nil {
			return err
		}
	}
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.Dir, cfg.NoSync = t.TempDir(), true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func serve(t *testing.T, h http.Handler) (*httptest.Server, *gateway.Gateway) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	g, err := gateway.New(srv.URL, gateway.Options{Client: srv.Client()})
	require.NoError(t, err)
	return srv, g
}

func tree() fstest.MapFS {
	return fstest.MapFS{
		"config.json":           {Data: []byte(`{"version":2}`)},
		"head.safetensors":      {Data: bytes.Repeat([]byte("head"), 100_000)},
		"encoder/wäights 1.bin": {Data: []byte("w")},
	}
}

func TestFolder(t *testing.T) {
	for name, o := range map[string]pinata.Options{"JWT": {JWT: storage.NewSecret(jwt)}, "key and secret": {Key: storage.NewSecret(key), SecretKey: storage.NewSecret(secret)}} {
		t.Run(name, func(t *testing.T) {
			srv, g := serve(t, &service{store: open(t, storage.Config{}), t: t})
			o.Base, o.Client = srv.URL, srv.Client()
			p, err := pinata.NewFolder(o)
			require.NoError(t, err)
			s := open(t, storage.Config{Pushers: []storage.Pusher{p}, Fetchers: []storage.Fetcher{g}})
			root, err := s.Add(context.Background(), tree())
			require.NoError(t, err)
			receipts, err := s.Push(context.Background(), root)
			require.NoError(t, err)
			require.Equal(t, g.String(), receipts[0].VerifiedBy)
			require.Equal(t, root.String(), receipts[0].ID)
		})
	}
}

// If Pinata packs with another profile or drops an empty directory, the error
// shows both CIDs and there is no receipt.
func TestFolderMismatch(t *testing.T) {
	withVoid := fstest.MapFS{"a": {Data: []byte("a")}, "void": {Mode: 0o755 | 1<<31}}
	for name, c := range map[string]struct {
		profile storage.Profile
		tree    fstest.MapFS
	}{"another profile": {storage.UnixFSv1, fstest.MapFS{"big": {Data: make([]byte, 600<<10)}}}, "empty directory": {storage.Default, withVoid}} {
		t.Run(name, func(t *testing.T) {
			srv, g := serve(t, &service{store: open(t, storage.Config{}), profile: c.profile, t: t})
			p, err := pinata.NewFolder(pinata.Options{JWT: storage.NewSecret(jwt), Base: srv.URL, Client: srv.Client()})
			require.NoError(t, err)
			s := open(t, storage.Config{Pushers: []storage.Pusher{p}, Fetchers: []storage.Fetcher{g}})
			root, err := s.Add(context.Background(), c.tree)
			require.NoError(t, err)
			receipts, err := s.Push(context.Background(), root)
			require.Empty(t, receipts)
			require.ErrorIs(t, err, storage.ErrCIDMismatch)
			require.ErrorContains(t, err, "computed "+root.String())
		})
	}
}

func TestCAR(t *testing.T) {
	storagetest.TestPusher(t, func(t *testing.T) (storage.Pusher, storage.Fetcher) {
		srv, g := serve(t, &service{store: open(t, storage.Config{}), t: t})
		p, err := pinata.NewCAR(pinata.Options{JWT: storage.NewSecret(jwt), Base: srv.URL, Client: srv.Client()})
		require.NoError(t, err)
		return readable{p, g}, g
	})
}

// readable joins the uploader and the gateway of one service.
type readable struct {
	storage.Pusher
	storage.Fetcher
}

func (r readable) String() string { return "pinata" }

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status int
		answer string
		want   error
		text   string
		calls  int
	}{
		{401, `{"error":{"reason":"INVALID_CREDENTIALS","details":"Invalid/expired credentials"}}`, storage.ErrUnauthorized, "INVALID_CREDENTIALS", 1},
		{403, `{"error":{"reason":"NO_SCOPES_FOUND","details":"This key does not have the required scopes"}}`, storage.ErrUnauthorized, "required scopes", 1},
		{413, `{"error":"Payload too large"}`, storage.ErrTooLarge, "Payload", 1},
		{429, `{"error":"Rate limit exceeded, please try again later."}`, storage.ErrRateLimited, "Rate limit", 2},
		{500, `{"error":{"message":"Internal Server Error"}}`, nil, "Internal Server Error", 2},
		{500, `oops: Bearer ` + jwt + ` is bad`, nil, "[redacted]", 2},
		{502, `<html><h1>Bad Gateway</h1></html>`, nil, "HTTP 502", 2},
		{200, `{"IpfsHash":"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"}`, storage.ErrCIDMismatch, "QmUNLL", 1},
		{200, `{"data":{"cid":"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"}}`, nil, "", 1},
		{200, `{"IpfsHash":"` + jwt + `"}`, storage.ErrUnsupported, "[redacted]", 1},
		{200, `{"data":{"cid":"` + jwt + `"}}`, storage.ErrUnsupported, "", 1},
		{200, `{}`, storage.ErrUnsupported, "no valid CID", 1},
		{200, `<html>hello</html>`, storage.ErrUnsupported, "JSON", 1},
		{200, `{}{}`, storage.ErrIncomplete, "2 JSON values", 2},
	} {
		for _, kind := range []string{"folder", "CAR"} {
			t.Run(fmt.Sprint(kind, " ", c.status, " ", c.answer), func(t *testing.T) {
				calls := 0
				srv, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					calls++
					io.Copy(io.Discard, r.Body)
					w.WriteHeader(c.status)
					io.WriteString(w, c.answer)
				}))
				o := pinata.Options{JWT: storage.NewSecret(jwt), Base: srv.URL, Client: srv.Client()}
				var p storage.Pusher
				var err error
				if kind == "folder" {
					p, err = pinata.NewFolder(o)
				} else {
					p, err = pinata.NewCAR(o)
				}
				require.NoError(t, err)
				s := open(t, storage.Config{Pushers: []storage.Pusher{p}, Retry: storage.Retry{Attempts: 2, Base: time.Millisecond}, NoFetchBack: true})
				root, err := s.Add(context.Background(), fstest.MapFS{"a": {Data: []byte("a")}})
				require.NoError(t, err)
				_, err = s.Push(context.Background(), root)
				require.Error(t, err)
				require.ErrorContains(t, err, root.String())
				require.NotContains(t, err.Error(), jwt)
				require.NotContains(t, fmt.Sprintf("%+v %#v", o, o), jwt)
				require.Equal(t, c.calls, calls)
				if strings.Contains(c.answer, "IpfsHash") && kind == "CAR" {
					return // an answer to the other kind of upload
				}
				require.ErrorContains(t, err, c.text)
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}
			})
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []pinata.Options{{}, {Key: storage.NewSecret(key)}, {SecretKey: storage.NewSecret(secret)}, {JWT: storage.NewSecret(jwt), Base: "ftp://x"}} {
		_, err := pinata.NewFolder(o)
		require.Error(t, err)
		_, err = pinata.NewCAR(o)
		require.Error(t, err)
	}
}
