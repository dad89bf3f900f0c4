// Package huggingface keeps data sets on Hugging Face's hub
// (https://huggingface.co/docs/hub), or one that speaks like it: a trainer publishes a
// directory as a commit, and validators fetch the revision and compare it with the CID
// of the chain. The hub is trusted as little as a gateway.
//
//	options, err := huggingface.FromEnvironment(os.Getenv, "") // HF_TOKEN, HF_ENDPOINT
//	rows, err := huggingface.New("alice/rows", options)         // created by the first push
//	store, err := storage.Open(storage.Config{
//		Dir:      "/var/lib/trainer/store",
//		Pushers:  []storage.Pusher{node, rows},                 // IPFS, and the hub beside it
//		Fetchers: []storage.Fetcher{node, rows},
//	})
//	root, err := store.Add(ctx, os.DirFS("rows"))
//	receipts, err := store.Push(ctx, root)                      // receipts[1].ID is "hf:alice/rows@<commit>"
//
// and on the validator's side, where the chain has the CID and says where it lies
//
//	from, err := huggingface.Open("hf:alice/rows@<commit>", options)
//	files, err := store.Fetch(ctx, root, storage.AlsoFrom(from))
//
// # An account
//
// Reading public data sets needs none. To publish, make an account at
// https://huggingface.co/join and, in its settings under Access Tokens, a token that may
// write: of the fine-grained ones one for the single repository is enough. Put it into
// the environment as HF_TOKEN, or into a file .env in the working directory, with mode
// 0600:
//
//	HF_TOKEN=hf_…
//
// [FromEnvironment] looks in these two places and nowhere else. The token goes to the
// endpoint alone, never to where the hub keeps large files, and no error, log or dump
// shows it.
//
// # What is public
//
// A data set is public unless [Options.Private] is set when the first push creates it,
// and so is its history: what a later commit deletes can still be read in the earlier
// ones. Who has no token that may read a private one is told that it does not exist,
// which is what a validator without access sees, too: a submission that nobody can
// fetch earns nothing. On a chain a source, "hf:owner/name@<commit>", has at most 128
// bytes, so owner and name together at most 84.
//
// # What a revision holds
//
// The files of the revision, except .gitattributes at its top, which the hub keeps for
// itself, are the directory. A card of the data set, README.md, is a part of it: write it
// before the push. A commit made on the hub's pages makes another revision with another
// CID, and the earlier one stays as it is. Git has no empty directories, so a push
// refuses them. Each push makes the newest commit on main equal to the directory, sends
// what the hub lacks, and tags the commit with the CID, by which [Dataset] finds it.
//
// Data sets uploaded by the hub's own tools can be fetched just as well: the CID to
// register is that of the uploaded directory ([storage.CID]), the revision is the commit
// that the upload reports.
//
// # Large files
//
// Large files use Git LFS, whole or in parts, as the hub's client does with
// HF_HUB_DISABLE_XET=1. Xet, which that client prefers, is left out: the hub serves all
// files to readers without it, and takes them without it.
package huggingface
