"""Long work, watched by the one who asked for it."""

from fastapi import APIRouter, Request, Response

from app import jobs
from app.dependencies import JobDep, SessionDep, redirect
from app.i18n import _
from app.templating import render

router = APIRouter()


@router.get("/jobs/{job_id}")
def show_job(request: Request, job: JobDep) -> Response:
    """Answer the page, or the bar alone when htmx asks how far it is."""
    return render(request, "jobs/show.html", {"job": job, "result_url": result_url(job)}, fragment="bar")


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job: JobDep, session: SessionDep) -> Response:
    jobs.cancel(session, job)
    return redirect(f"/jobs/{job.id}", _("กำลังหยุดงานนี้"))


def result_url(job: jobs.Job) -> str:
    """Return the page that shows what a job made."""
    if job.kind == "analyse":
        return f"/consultations/{job.params['consultation_id']}/topics"
    return str((job.result or {}).get("url", "/"))
