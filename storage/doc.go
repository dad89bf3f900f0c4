// Package storage keeps directories under their content address: the CID that
// IPFS gives them. It packs a directory, publishes it, fetches it from sources
// that nobody has to trust, and writes it to disk.
//
//	store, err := storage.Open(storage.Config{
//		Dir:      "/var/lib/creator/store",
//		Pushers:  []storage.Pusher{storage.CARDir("/mnt/shared/cars")},
//	})
//	root, err := store.Add(ctx, os.DirFS("model-package")) // the CID, no network yet
//	receipts, err := store.Push(ctx, root)                 // published
//
// and on the other side
//
//	store, err := storage.Open(storage.Config{
//		Dir:      "/var/lib/trainer/store",
//		Fetchers: []storage.Fetcher{storage.CARDir("/mnt/shared/cars")},
//	})
//	root, err := storage.ParseCID(text)   // text from a stranger
//	fsys, err := store.Fetch(ctx, root)   // verified, read-only fs.FS
//	err = store.Extract(ctx, root, "pkg") // or as files
//
// # Trust
//
// A source is never trusted. Every block is hashed before it is parsed, must
// be linked from the root by the codec that the link names, and is counted
// against the limits of [Config], expanded: a kilobyte that unfolds to ten
// gigabytes is refused. Entry names that could leave the target directory or
// collide on some system are refused (ErrUnsafeName), symlinks with them.
// Bytes that were not verified are never returned, and nothing outside of the
// target directory is ever written. A source that delivers no block for
// [Config.StallTimeout] is given up, a stream that does not end is cut, and
// where all sources at work are slower than [Config.MinRate] others are let in.
//
// # What a CID binds
//
// File contents and names; not modes, owners or times, which are not stored.
// Directories are packed under the profile [Default]: CID version 1, raw leaves
// of 256 KiB, 174 links. That is what `ipfs add --cid-version=1` and most
// pinning services give for the same files. All other profiles in common use
// are read ([Profiles]).
//
// # Publishing
//
// [Store.Push] uploads to every pusher at once and reads the content back from
// each, verified, before it returns a [Receipt]: only then is a CID fit to be
// announced. A service that repacks what it is sent answers with another CID,
// which is an error that shows both.
//
// # Drivers
//
// A source is a [Fetcher], a target a [Pusher]: one method each, over a stream
// of CAR; [BlockFetcher], [FileFetcher] and [DirPusher] are further
// capabilities, found by type assertion. [CARDir] is a shared directory. The
// packages below this one hold others: gateway (IPFS gateways, and a store
// served as one), kubo, pinata, lighthouse, and, in a module of its own, node
// (peer to peer). Write your own and hand it to storagetest, the public
// conformance suite. Retries, races between sources, limits, stall deadlines
// and verification are the store's.
package storage
