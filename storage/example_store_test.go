package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/decloud-sdk/decloud-go/storage"
)

// hello is a directory of one file.
var hello = fstest.MapFS{"a.txt": {Data: []byte("hello")}}

// openTemp opens a store in a new directory.
func openTemp(cfg storage.Config) (store *storage.Store, remove func()) {
	dir, err := os.MkdirTemp("", "storage-example-*")
	if err != nil {
		panic(err)
	}
	cfg.Dir = filepath.Join(dir, "store")
	if store, err = storage.Open(cfg); err != nil {
		panic(err)
	}
	return store, func() { os.RemoveAll(dir) }
}

// A push says who has the content now, and how that is known.
func ExampleStore_Push() {
	ctx := context.Background()
	shared, err := os.MkdirTemp("", "storage-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(shared)
	store, remove := openTemp(storage.Config{Pushers: []storage.Pusher{storage.NewCARDir(shared)}})
	defer remove()
	root, err := store.Add(ctx, hello)
	if err != nil {
		panic(err)
	}
	receipts, err := store.Push(ctx, root)
	if err != nil {
		panic(err)
	}
	for _, r := range receipts {
		fmt.Println(r.CID, r.Bytes > 0)
	}
	// Output: bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu true
}

// Content of which nobody said how large it is may cost no more than this.
func ExampleAtMost() {
	ctx := context.Background()
	shared, err := os.MkdirTemp("", "storage-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(shared)
	cars := storage.NewCARDir(shared)
	creator, remove := openTemp(storage.Config{Pushers: []storage.Pusher{cars}})
	defer remove()
	root, err := creator.Add(ctx, fstest.MapFS{"large": {Data: make([]byte, 100_000)}})
	if err != nil {
		panic(err)
	}
	if _, err := creator.Push(ctx, root); err != nil {
		panic(err)
	}
	trainer, remove := openTemp(storage.Config{Fetchers: []storage.Fetcher{cars}})
	defer remove()
	_, err = trainer.Fetch(ctx, root, storage.AtMost(50_000))
	fmt.Println(errors.Is(err, storage.ErrTooLarge))
	// Output: true
}

// A CAR carries a directory from one store to another by any way, a USB stick
// among them; the blocks are verified when they arrive.
func ExampleStore_Export() {
	ctx := context.Background()
	from, remove := openTemp(storage.Config{})
	defer remove()
	to, remove := openTemp(storage.Config{})
	defer remove()
	root, err := from.Add(ctx, hello)
	if err != nil {
		panic(err)
	}
	var car bytes.Buffer
	if err := from.Export(ctx, root, &car); err != nil {
		panic(err)
	}
	files, err := to.Import(ctx, root, &car)
	if err != nil {
		panic(err)
	}
	text, err := fs.ReadFile(files, "a.txt")
	fmt.Println(string(text), err)
	// Output: hello <nil>
}

// What is pinned is not cleared away where Config.CacheBytes makes room.
func ExampleStore_Roots() {
	ctx := context.Background()
	store, remove := openTemp(storage.Config{})
	defer remove()
	root, err := store.Add(ctx, hello)
	if err != nil {
		panic(err)
	}
	if err := store.Pin(root); err != nil {
		panic(err)
	}
	roots, err := store.Roots()
	if err != nil {
		panic(err)
	}
	for _, r := range roots {
		fmt.Println(r.CID, r.Pinned)
	}
	has, err := store.Has(ctx, root)
	fmt.Println(has, err)
	// Output:
	// bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu true
	// true <nil>
}

// The same directory has other CIDs under the rules of other programs.
func ExampleProfiles() {
	for _, p := range storage.Profiles() {
		c, err := storage.CID(context.Background(), hello, p)
		fmt.Println(p.Name, c, err)
	}
	// Output:
	// cidv1-raw-256k bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu <nil>
	// unixfs-v1-2025 bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu <nil>
	// cidv1-dagpb-256k bafybeihbcdepwoqx5vmqejemgklhsoox5zllglxn7blxxbc5qq3off74py <nil>
	// unixfs-v0-2015 QmeN21vwo3ukxKrHZuVK34YBKuvR8pCJevTCM5WVRVb7qE <nil>
}

// Tokens show nowhere, however they are printed.
func ExampleSecret() {
	token := storage.NewSecret("eyJhbGciOi")
	fmt.Println(token)
	fmt.Printf("%q %#v\n", token, token)
	// Output:
	// [redacted]
	// [redacted] [redacted]
}

// An error says who failed at what, and can be branched on.
func ExampleError() {
	store, remove := openTemp(storage.Config{})
	defer remove()
	root, err := storage.CID(context.Background(), hello, storage.Default)
	if err != nil {
		panic(err)
	}
	_, err = store.Fetch(context.Background(), root)
	fmt.Println(errors.Is(err, storage.ErrNotFound), err)
	// Output: true storage: fetch bafybeicdexjwatebfhiltofxjw7xgzcjphgj2axkeneflnrmztijfru3tu (local): not in the local store, and no source is configured (Config.Fetchers): not found
}
