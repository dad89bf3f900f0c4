// Package storage keeps directories under their content address, the CID that
// IPFS gives them. It packs a directory, publishes it, fetches it from
// untrusted sources, and writes it to disk.
//
//	store, err := storage.Open(storage.Config{
//		Dir:      "/var/lib/creator/store",
//		Pushers:  []storage.Pusher{storage.NewCARDir("/mnt/shared/cars")},
//	})
//	root, err := store.Add(ctx, os.DirFS("model-package")) // the CID, no network yet
//	receipts, err := store.Push(ctx, root)                 // published
//
// and on the trainer's side
//
//	store, err := storage.Open(storage.Config{
//		Dir:      "/var/lib/trainer/store",
//		Fetchers: []storage.Fetcher{storage.NewCARDir("/mnt/shared/cars")},
//	})
//	root, err := storage.ParseCID(text)   // text from a stranger
//	fsys, err := store.Fetch(ctx, root)   // verified, read-only fs.FS
//	err = store.Extract(ctx, root, "pkg") // or as files
//
// # Trust
//
// Sources are never trusted. Every block is hashed before it is parsed, must be
// linked from the root with the codec that the link names, and counts against
// the limits of [Config] in expanded form: a kilobyte that expands to ten
// gigabytes is refused. Entry names that could leave the target directory or
// collide on some system are refused (ErrUnsafeName), and so are symlinks.
// Unverified bytes are never returned, and nothing outside the target directory
// is ever written. The store gives up a source that delivers no block for
// [Config.StallTimeout], cuts a stream that does not end, and adds sources if
// all of them are slower than [Config.MinRate].
//
// # Disk
//
// A store holds at most [Config.CacheBytes] of what it has fetched, by default 16
// GiB. The least recently used content makes room for the next, however slow
// other fetches are; what was added, pinned or is in use stays, and what does not
// fit beside it is refused before it is fetched if it says how large it is, and
// otherwise while it arrives (ErrNoRoom). [KeepUntil] and [Store.PinUntil] pin
// for a time only, for content that nobody may come back for.
//
// # What a CID covers
//
// A CID covers file contents and names; modes, owners and times are not stored.
// Directories are packed under the profile [Default]: CID version 1, raw leaves
// of 256 KiB, 174 links. `ipfs add --cid-version=1` and most pinning services
// compute the same CID for the same files. Content of all other common profiles
// can be read ([Profiles]).
//
// # Publishing
//
// [Store.Push] uploads to every pusher at once and reads the content back from
// each, verified, before it returns a [Receipt]: only then is a CID safe to
// announce. If a service repacks the content and answers with another CID, the
// error shows both.
//
// # Drivers
//
// A source is a [Fetcher], a target a [Pusher]: one method each, over a CAR
// stream. [BlockFetcher], [FileFetcher], [DirFetcher] and [DirPusher] are optional
// capabilities, found by type assertion. [AlsoFrom] adds a source to one fetch.
// [CARDir] is a shared directory;
// subpackages have others: gateway (IPFS gateways, and serving a store as one),
// kubo, pinata, lighthouse, pinning (any pinning service), huggingface (data sets on
// Hugging Face's hub), and, in a module of its own, node (peer to peer).
// Test a driver of your own with storagetest, the public conformance suite. The
// store takes care of retries, races between sources, limits, stall deadlines
// and verification.
package storage
