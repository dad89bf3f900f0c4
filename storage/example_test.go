package storage_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/decloud-sdk/decloud-go/storage"
)

// A creator publishes a package to a shared directory; a trainer fetches and
// verifies it by its CID.
func Example() {
	ctx := context.Background()
	tmp, err := os.MkdirTemp("", "storage-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	shared := storage.NewCARDir(filepath.Join(tmp, "shared"))

	creator, err := storage.Open(storage.Config{Dir: filepath.Join(tmp, "creator"), Pushers: []storage.Pusher{shared}})
	if err != nil {
		panic(err)
	}
	root, err := creator.Add(ctx, fstest.MapFS{"config.json": {Data: []byte(`{"version":2}`)}})
	if err != nil {
		panic(err)
	}
	if _, err := creator.Push(ctx, root); err != nil {
		panic(err)
	}

	trainer, err := storage.Open(storage.Config{Dir: filepath.Join(tmp, "trainer"), Fetchers: []storage.Fetcher{shared}})
	if err != nil {
		panic(err)
	}
	fsys, err := trainer.Fetch(ctx, root)
	if err != nil {
		panic(err)
	}
	config, err := fs.ReadFile(fsys, "config.json")
	if err != nil {
		panic(err)
	}
	fmt.Println(root)
	fmt.Println(string(config))
	// Output:
	// bafybeiaepb4fn6ahfezjhbtkww7tbhs7o4fr3ew5wr5nt3hb7romtdzgoq
	// {"version":2}
}

func ExampleStore_Extract() {
	ctx := context.Background()
	tmp, err := os.MkdirTemp("", "storage-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	store, err := storage.Open(storage.Config{Dir: filepath.Join(tmp, "store")})
	if err != nil {
		panic(err)
	}
	root, err := store.Add(ctx, fstest.MapFS{"a.txt": {Data: []byte("hello")}})
	if err != nil {
		panic(err)
	}
	if err := store.Extract(ctx, root, filepath.Join(tmp, "package")); err != nil {
		panic(err)
	}
	text, err := os.ReadFile(filepath.Join(tmp, "package", "a.txt"))
	fmt.Println(string(text), err)
	// Output: hello <nil>
}

func ExampleParseCID() {
	c, err := storage.ParseCID("ipfs://bafybeiaepb4fn6ahfezjhbtkww7tbhs7o4fr3ew5wr5nt3hb7romtdzgoq")
	fmt.Println(c, err)
	_, err = storage.ParseCID("../../etc/passwd")
	fmt.Println(err)
	// Output:
	// bafybeiaepb4fn6ahfezjhbtkww7tbhs7o4fr3ew5wr5nt3hb7romtdzgoq <nil>
	// storage: parse CID "../../etc/passwd": want a CID without path or spaces: unsupported
}

func ExampleCID() {
	c, err := storage.CID(context.Background(), fstest.MapFS{"a.txt": {Data: []byte("hello")}}, storage.Default)
	fmt.Println(c, err)
	// Output: bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu <nil>
}
