package storage

// Profile says how files are split into blocks, which determines the CID of a
// directory. The zero value stands for [Default].
type Profile struct {
	Name       string // shown in errors
	CIDVersion int    // 0 or 1
	RawLeaves  bool   // leaves are raw blocks, not dag-pb nodes
	ChunkSize  int    // bytes per leaf
	MaxLinks   int    // links per inner node of a file
	// blockEstimate: whether a directory is sharded is decided by the size of
	// its encoded block (IPIP-499), not by the sum of names and CIDs.
	blockEstimate bool
}

// The profiles in common use. All of them can be read.
var (
	// Default is the profile of Pinata, most pinning services and `ipfs add
	// --cid-version=1`: raw leaves of 256 KiB, 174 links.
	Default = Profile{Name: "cidv1-raw-256k", CIDVersion: 1, RawLeaves: true, ChunkSize: 256 << 10, MaxLinks: 174}
	// UnixFSv1 is unixfs-v1-2025 of IPIP-499: raw leaves of 1 MiB, 1,024 links.
	UnixFSv1 = Profile{Name: "unixfs-v1-2025", CIDVersion: 1, RawLeaves: true, ChunkSize: 1 << 20, MaxLinks: 1024, blockEstimate: true}
	// DagPBv1 is CID version 1 with dag-pb leaves, `ipfs add --cid-version=1 --raw-leaves=false`.
	DagPBv1 = Profile{Name: "cidv1-dagpb-256k", CIDVersion: 1, ChunkSize: 256 << 10, MaxLinks: 174}
	// UnixFSv0 is unixfs-v0-2015 of IPIP-499, the old default of `ipfs add`:
	// Qm… CIDs.
	UnixFSv0 = Profile{Name: "unixfs-v0-2015", CIDVersion: 0, ChunkSize: 256 << 10, MaxLinks: 174}
)

// Profiles lists the known profiles, the default first.
func Profiles() []Profile { return []Profile{Default, UnixFSv1, DagPBv1, UnixFSv0} }
