// MuJoCo and the off-screen OpenGL it renders with (Debian: libmujoco-dev, libosmesa6-dev).
#include <mujoco/mujoco.h>
#include <GL/osmesa.h>
#include <stdlib.h>
#include <string.h>

// Compiles a model from memory; null, and a reason in `error`, where that fails.
// In C because mjVFS holds arrays too large for Swift to import.
static inline mjModel *pons_load_model(const char *text, int size, char *error, int error_size) {
    mjVFS *files = malloc(sizeof(mjVFS));
    if (!files) return NULL;
    mj_defaultVFS(files);
    mjModel *model = NULL;
    if (mj_makeEmptyFileVFS(files, "model.xml", size) == 0) {
        memcpy(files->filedata[mj_findFileVFS(files, "model.xml")], text, size);
        model = mj_loadXML("model.xml", files, error, error_size);
    }
    mj_deleteVFS(files);
    free(files);
    return model;
}
