package storage

import "github.com/ipfs/go-cid"

// Used is how many bytes of blocks the store keeps on disk, including those that
// are being written, and the limit that [Config.CacheBytes] sets, negative if
// there is none. The first call of a process may read the whole directory. What
// other processes write and drop is seen only now and then.
func (s *Store) Used() (bytes, limit int64, err error) {
	if err := s.measure(); err != nil {
		return 0, 0, wrap("measure", "local", cid.Undef, err)
	}
	return s.state.stored.Load() + s.state.others(), s.cfg.CacheBytes, nil
}
