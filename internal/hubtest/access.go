package hubtest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// refusal is an answer with an error, as the hub gives them.
type refusal struct {
	status        int
	code, message string
}

func (e refusal) write(w http.ResponseWriter) {
	if e.code != "" {
		w.Header().Set("X-Error-Code", e.code)
	}
	w.Header().Set("X-Error-Message", e.message)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": e.message})
}

var (
	badToken   = refusal{http.StatusUnauthorized, "", "Invalid credentials in Authorization header"}
	noRepo     = refusal{http.StatusNotFound, "RepoNotFound", "Repository not found"}
	noRevision = refusal{http.StatusNotFound, "RevisionNotFound", "Invalid rev id"}
	noEntry    = refusal{http.StatusNotFound, "EntryNotFound", "Entry not found"}
	anonymous  = refusal{http.StatusUnauthorized, "", "Invalid username or password."}
	readOnly   = refusal{http.StatusForbidden, "", "You don't have the rights to create or change a dataset under this namespace"}
)

// who returns whether a request has a token, and whether that may write.
func (h *Hub) who(r *http.Request) (known, write bool, err *refusal) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return false, false, nil
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if write, known = h.tokens[token]; !ok || !known {
		return false, false, &badToken
	}
	return true, write, nil
}

// open returns the data set of a request that may see it, and may change it if that
// is asked for.
func (h *Hub) open(r *http.Request, change bool) (*repo, *refusal) {
	known, write, bad := h.who(r)
	if bad != nil {
		return nil, bad
	}
	found := h.repos[r.PathValue("owner")+"/"+r.PathValue("name")]
	switch {
	case !known && (found == nil || found.private || change):
		return nil, &anonymous
	case found == nil:
		return nil, &noRepo
	case found.gated:
		status := http.StatusForbidden
		if !known {
			status = http.StatusUnauthorized
		}
		return nil, &refusal{status, "GatedRepo", "Access to this dataset is restricted. You must be authenticated and have accepted its terms."}
	case change && !write:
		return nil, &readOnly
	}
	return found, nil
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
