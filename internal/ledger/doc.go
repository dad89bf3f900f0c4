// Package ledger keeps what an svm.Bank holds in a file: its state, and behind it every change since. Opening it reads
// both, writes the state anew, and goes on from there.
//
// A change is written before it is made and before anybody hears of it, so a process that is killed loses nothing that it
// has confirmed, and what it was writing just then is cut off. The file is synced when it is written anew and when it is
// closed, not after each change: when the machine loses power, the last seconds may be missing. A file that is damaged
// elsewhere than at its end is refused.
//
// The file holds the bytes of one gob stream, in frames: length and CRC-32C (Castagnoli) of the payload, four bytes
// each, little-endian, and the payload, which is one svm.Entry. It is written anew when the changes have become larger
// than the state (and than 32 MiB).
package ledger
