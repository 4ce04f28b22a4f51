-- name: insert_posting
INSERT INTO posting (message_id, channel_id, job_id) VALUES (:message_id, :channel_id, :job_id)
ON CONFLICT (message_id) DO NOTHING;

-- name: postings_of_job
SELECT channel_id, message_id FROM posting WHERE job_id = :job_id ORDER BY message_id;
