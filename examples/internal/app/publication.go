package app

import "github.com/decloud-sdk/decloud-go/storage"

// Publication says where some content is. ReadBackFrom is empty where nobody has
// checked that others can fetch it.
type Publication struct {
	CID          string `json:"cid"`
	To           string `json:"to"`
	Bytes        int64  `json:"bytes,omitempty"`
	ReadBackFrom string `json:"read_back_from"`
	Pending      bool   `json:"pending,omitempty"` // accepted, but not there yet
}

// Publications are receipts as JSON shows them.
func Publications(receipts []storage.Receipt) (list []Publication) {
	for _, r := range receipts {
		list = append(list, Publication{CID: r.CID.String(), To: r.Backend, Bytes: r.Bytes, ReadBackFrom: r.VerifiedBy, Pending: r.Pending})
	}
	return list
}

// NotePublished tells people where content is, and how far that was checked.
func (c *Call) NotePublished(receipts []storage.Receipt) {
	for _, r := range receipts {
		c.Note("published %s to %s", r.CID, r)
	}
}
