package gateway_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

// One store serves what it has as an IPFS gateway; another fetches from it, and
// would from any gateway: it trusts none.
func ExampleHandler() {
	ctx := context.Background()
	tmp, err := os.MkdirTemp("", "gateway-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	mine, err := storage.Open(storage.Config{Dir: filepath.Join(tmp, "mine")})
	if err != nil {
		panic(err)
	}
	root, err := mine.Add(ctx, fstest.MapFS{"a.txt": {Data: []byte("hello")}})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(gateway.Handler(mine))
	defer server.Close()

	source, err := gateway.New(server.URL, gateway.Options{})
	if err != nil {
		panic(err)
	}
	defer source.CloseIdle()
	yours, err := storage.Open(storage.Config{Dir: filepath.Join(tmp, "yours"), Fetchers: []storage.Fetcher{source}})
	if err != nil {
		panic(err)
	}
	files, err := yours.Fetch(ctx, root)
	if err != nil {
		panic(err)
	}
	text, err := fs.ReadFile(files, "a.txt")
	fmt.Println(string(text), err)
	// Output: hello <nil>
}

func ExampleNew() {
	g, err := gateway.New("https://ipfs.io", gateway.Options{})
	fmt.Println(g, err)
	// Output: gateway:ipfs.io <nil>
}
