package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

func (h *Hub) storageMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /objects/{oid}", func(w http.ResponseWriter, r *http.Request) { // HEAD too
		h.mu.Lock()
		data, ok := h.objects[r.PathValue("oid")]
		h.mu.Unlock()
		if !ok || r.URL.Query().Get("signature") == "" {
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
			return
		}
		w.Header().Set("ETag", strconv.Quote(r.PathValue("oid")))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
	mux.HandleFunc("PUT /objects/{oid}", func(w http.ResponseWriter, r *http.Request) {
		data, ok := received(w, r)
		if !ok {
			return
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != r.PathValue("oid") {
			http.Error(w, "<Error><Code>BadDigest</Code></Error>", http.StatusBadRequest)
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.objects[r.PathValue("oid")] = data
	})
	mux.HandleFunc("PUT /parts/{oid}/{number}", func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.PathValue("number"))
		data, ok := received(w, r)
		if !ok || err != nil {
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.parts[r.PathValue("oid")] == nil {
			h.parts[r.PathValue("oid")] = map[int][]byte{}
		}
		h.parts[r.PathValue("oid")][number] = data
		w.Header().Set("ETag", etag(data))
	})
	return mux
}

// received reads an upload, whose length S3 wants to know beforehand.
func received(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if r.ContentLength < 0 {
		http.Error(w, "<Error><Code>MissingContentLength</Code></Error>", http.StatusLengthRequired)
		return nil, false
	}
	data, err := io.ReadAll(r.Body)
	return data, err == nil
}

func etag(part []byte) string {
	sum := sha256.Sum256(part)
	return strconv.Quote(hex.EncodeToString(sum[:16]))
}

type object struct {
	OID  string `json:"oid"`
	Size int64  `json:"size"`
}

func (h *Hub) batch(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var in struct {
		Operation string
		Transfers []string
		Objects   []object
	}
	if _, bad := h.open(r, true); bad != nil {
		bad.write(w)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Operation != "upload" || len(in.Objects) > 256 {
		(&refusal{http.StatusBadRequest, "", "want an upload of at most 256 objects"}).write(w)
		return
	}
	list, transfer := []any{}, "basic"
	for _, o := range in.Objects {
		answer := map[string]any{"oid": o.OID, "size": o.Size}
		if _, there := h.objects[o.OID]; !there {
			upload := h.upload(o)
			if upload["header"] != nil {
				transfer = "multipart"
			}
			answer["authenticated"] = true
			answer["actions"] = map[string]any{"upload": upload, "verify": map[string]any{"href": h.API.URL + "/api/verify/" + o.OID}}
		}
		list = append(list, answer)
	}
	w.Header().Set("Content-Type", "application/vnd.git-lfs+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"transfer": transfer, "objects": list})
}

// upload says where an object goes: whole, or in parts.
func (h *Hub) upload(o object) map[string]any {
	if h.PartSize == 0 || o.Size <= h.PartSize {
		return map[string]any{"href": h.Storage.URL + "/objects/" + o.OID + "?signature=of-the-hub"}
	}
	header := map[string]string{"chunk_size": strconv.FormatInt(h.PartSize, 10)}
	for i := range (o.Size-1)/h.PartSize + 1 {
		header[fmt.Sprintf("%05d", i+1)] = fmt.Sprintf("%s/parts/%s/%d?signature=of-the-hub", h.Storage.URL, o.OID, i+1)
	}
	return map[string]any{"href": h.API.URL + "/api/complete/" + o.OID, "header": header}
}

func (h *Hub) complete(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	oid := r.PathValue("oid")
	var in struct {
		OID   string
		Parts []struct {
			PartNumber int
			ETag       string
		}
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	var data []byte
	for i, p := range in.Parts {
		part, ok := h.parts[oid][p.PartNumber]
		if !ok || p.PartNumber != i+1 || p.ETag != etag(part) {
			err = fmt.Errorf("part %d is not there", p.PartNumber)
		}
		data = append(data, part...)
	}
	if sum := sha256.Sum256(data); err != nil || in.OID != oid || hex.EncodeToString(sum[:]) != oid {
		(&refusal{http.StatusBadRequest, "", "the parts are not the object"}).write(w)
		return
	}
	h.objects[oid] = data
	delete(h.parts, oid)
	reply(w, map[string]any{"success": true})
}

// verify is for whoever may write: it is the hub's own address.
func (h *Hub) verify(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var in object
	err := json.NewDecoder(r.Body).Decode(&in)
	data, there := h.objects[in.OID]
	_, write, bad := h.who(r)
	switch {
	case bad != nil:
	case !write:
		bad = &anonymous
	case err != nil || !there || in.OID != r.PathValue("oid") || int64(len(data)) != in.Size:
		bad = &refusal{http.StatusBadRequest, "", "the object is not there"}
	}
	if bad != nil {
		bad.write(w)
		return
	}
	reply(w, map[string]any{})
}
